// `network ls -f`, with the words of docker 28.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {filterNetworks} from '../../src/cli/network-filters.ts';
import type {NetworkSummary} from '../../src/engine.ts';

const test = suite('network filters');

function network(name: string, changes: Partial<NetworkSummary> = {}): NetworkSummary {
  return {
    id: name.padEnd(64, '0'),
    name,
    driver: 'bridge',
    createdAt: new Date(0),
    builtin: false,
    ipv4: true,
    ipv6: false,
    internal: false,
    labels: {},
    containers: 0,
    ...changes,
  };
}

const all = [
  network('aa1', {labels: {a: 'b', c: ''}}),
  network('bb1', {containers: 1}),
  network('bridge', {builtin: true}),
  network('none', {builtin: true, driver: 'null'}),
];
const names = (...filters: string[]) => filterNetworks(all, filters).map(({name}) => name);

test('alternatives of one key, keys together', () => {
  assert.equal(names('name=aa', 'name=^bb'), ['aa1', 'bb1']);
  assert.equal(names('name=1', 'dangling=true'), ['aa1']);
  assert.equal(names('dangling=false'), ['bb1', 'bridge', 'none']);
  assert.equal(names('driver=null'), ['none']);
  assert.equal(names('type=custom'), ['aa1', 'bb1']);
  assert.equal(names('label=a', 'label=c'), ['aa1']);
  assert.equal(names('label=a=x'), []);
  assert.equal(names('scope=swarm'), []);
});

test('wrong ones are refused', () => {
  assert.throws(() => names('nope=1'), /^invalid filter 'nope'$/m);
  assert.throws(() => names('type=x'), /invalid filter: 'type'='x'/);
  assert.throws(() => names('dangling=x'), /invalid value for filter 'dangling', must be "true"/);
  assert.throws(() => names('nonsense'), /bad format of filter \(expected name=value\)/);
});

test.run();
