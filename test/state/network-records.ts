import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {macOf} from '../../src/addresses/mac-address.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {LeaseState} from '../support/lease-state.ts';
import {cidr, ip, newNetwork, subnetOf} from '../support/network-record.ts';

const test = suite<{records: LeaseState}>('network records');

test.before.each((context) => {
  context.records = new LeaseState();
});
test.after.each(({records}) => records[Symbol.dispose]());

test('gives back what was put in', ({records: {networks}}) => {
  const whole = newNetwork('web', {
    status: 'creating',
    driver: 'macvlan',
    parent: 'eth0',
    subnets: [
      subnetOf('10.0.0.0/24', {ipRange: cidr('10.0.0.128/25'), auxAddresses: {nas: ip('10.0.0.9')}}),
      {subnet: cidr('fd00::/64'), auxAddresses: {}},
    ],
    internal: true,
    attachable: true,
    options: {macvlan_mode: 'bridge'},
    labels: {a: 'b'},
  });
  networks.insert(whole);
  assert.equal(networks.get(whole.id), whole);
  networks.insert(newNetwork('plain'));
  assert.equal(networks.findByName('plain'), newNetwork('plain'));
  assert.is(networks.findByName('other'), undefined);
});

test("refuses a name that is taken in Docker's words", async ({records: {networks}}) => {
  networks.insert(newNetwork('web'));
  const error = await engineErrorOf(() => networks.insert(newNetwork('web', {id: 'a'.repeat(64)})));
  assert.is(error.code, 'network-name-in-use');
  assert.is(error.message, 'network with name web already exists');
  assert.is(networks.list().length, 1);
});

test('finds by the beginning of the id: none, one, or two to show that it is ambiguous', ({
  records: {networks},
}) => {
  for (const name of ['ab', 'ac', 'b']) networks.insert(newNetwork(name));
  assert.equal(
    ['61', '6162', '63', '', '*'].map((prefix) => networks.findByIdPrefix(prefix).map(({name}) => name)),
    [['ab', 'ac'], ['ab'], [], [], []],
  );
});

test('lists by status, oldest first', ({records: {networks}}) => {
  networks.insert(newNetwork('new', {createdAt: new Date('2026-11-24T11:00:00Z')}));
  networks.insert(newNetwork('old', {status: 'creating'}));
  const names = (...statuses: Parameters<typeof networks.list>) =>
    networks.list(...statuses).map(({name}) => name);
  assert.equal([names(), names('creating'), names('removing')], [['old', 'new'], ['old'], []]);
  networks.move(newNetwork('old').id, 'ready');
  assert.equal(names('ready'), ['old', 'new']);
});

test('removal begins only where no container holds an address', ({records}) => {
  const {networks, endpoints} = records;
  const {id} = newNetwork('web');
  networks.insert(newNetwork('web'));
  const container = records.addContainer('a', id);
  endpoints.activate(endpoints.ofContainer(container)[0]?.id ?? '', {
    ipv4: ip('172.30.0.2'),
    ipv6: undefined,
    mac: macOf(ip('172.30.0.2')),
  });
  assert.is(networks.beginRemoval(id), false);
  assert.is(networks.get(id)?.status, 'ready');
  endpoints.deactivate(container);
  assert.is(networks.beginRemoval(id), true);
  assert.is(networks.get(id)?.status, 'removing');
  networks.delete(id);
  networks.delete(id);
  assert.is(networks.get(id), undefined);
  assert.is(networks.beginRemoval(id), false);
});

test.run();
