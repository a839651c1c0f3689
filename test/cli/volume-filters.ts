// `volume ls -f`, with the words of docker 28.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {filterVolumes} from '../../src/cli/volume-filters.ts';
import type {VolumeSummary} from '../../src/engine.ts';

const test = suite('volume filters');

function volume(name: string, changes: Partial<VolumeSummary> = {}): VolumeSummary {
  return {
    name,
    path: `/${name}`,
    createdAt: new Date(0),
    labels: {},
    anonymous: false,
    users: [],
    ...changes,
  };
}

const all = [
  volume('aa1', {labels: {a: 'b', c: ''}}),
  volume('bb1', {users: ['0'.repeat(64)]}),
  volume('cc2'),
];
const names = (...filters: string[]) => filterVolumes(all, filters).map(({name}) => name);

test('alternatives of one key, keys together', () => {
  assert.equal(names(), ['aa1', 'bb1', 'cc2']);
  assert.equal(names('name=aa', 'name=^bb'), ['aa1', 'bb1']);
  assert.equal(names('name=1', 'dangling=1'), ['aa1']);
  assert.equal(names('dangling=false'), ['bb1']);
  assert.equal(names('driver=local', 'driver=x'), ['aa1', 'bb1', 'cc2']);
  assert.equal(names('driver=x'), []);
  assert.equal(names('label=a', 'label=c'), ['aa1']);
  assert.equal(names('label=a=x'), []);
});

test('wrong ones are refused', () => {
  assert.throws(() => names('nope=1'), /^invalid filter 'nope'$/m);
  assert.throws(() => names('dangling=x'), /^invalid filter 'dangling=\[x\]'$/m);
  assert.throws(() => names('nonsense'), /bad format of filter \(expected name=value\)/);
});

test.run();
