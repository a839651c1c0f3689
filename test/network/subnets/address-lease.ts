import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseMacAddress} from '../../../src/addresses/mac-address.ts';
import {leaseAddresses} from '../../../src/network/subnets/address-lease.ts';
import type {NetworkRecord} from '../../../src/state/network-records.ts';
import {engineErrorOf} from '../../support/engine-error.ts';
import {LeaseState} from '../../support/lease-state.ts';
import {cidr, ip, newEndpoint, newNetwork, subnetOf} from '../../support/network-record.ts';

const test = suite<{records: LeaseState; network: NetworkRecord}>('address leases');

test.before.each((context) => {
  context.records = new LeaseState();
  context.network = newNetwork('web', {subnets: [subnetOf('172.30.0.0/24'), subnetOf('fd00:30::/64')]});
  context.records.networks.insert(context.network);
});
test.after.each(({records}) => records[Symbol.dispose]());

/** Leases, and returns the first endpoint. */
function leased(records: LeaseState, id: string) {
  leaseAddresses(records, id);
  return records.endpoints.ofContainer(id)[0];
}

function useOnly(records: LeaseState, network: NetworkRecord, subnets: NetworkRecord['subnets']) {
  records.networks.update({...network, subnets});
}

test('gives the next free address of both families, and the MAC that follows from it', ({
  records,
  network,
}) => {
  const first = leased(records, records.addContainer('a', network.id));
  const second = leased(records, records.addContainer('b', network.id));
  assert.equal([first?.ipv4, first?.ipv6, first?.mac], ['172.30.0.2', 'fd00:30::2', '02:42:ac:1e:00:02']);
  assert.equal([second?.ipv4, second?.ipv6, second?.mac], ['172.30.0.3', 'fd00:30::3', '02:42:ac:1e:00:03']);
  assert.ok(first?.active && second?.active);
});

test('gives a container that has its addresses no others', ({records, network}) => {
  const id = records.addContainer('a', network.id);
  assert.equal(leased(records, id), leased(records, id));
});

test('freed addresses come back, and the last one goes to its container again', ({records, network}) => {
  const [a, b] = [records.addContainer('a', network.id), records.addContainer('b', network.id)];
  for (const id of [a, b]) leaseAddresses(records, id);
  for (const id of [a, b]) records.endpoints.deactivate(id);
  assert.is(leased(records, b)?.ipv4, '172.30.0.3');
  const c = records.addContainer('c', network.id);
  assert.is(leased(records, c)?.ipv4, '172.30.0.2');
  assert.is(leased(records, a)?.ipv4, '172.30.0.4', 'another container has its last address');
});

test('leases on every network of a container, or on none', async ({records, network}) => {
  const full = newNetwork('full', {subnets: [subnetOf('172.31.0.0/30')]});
  records.networks.insert(full);
  leaseAddresses(records, records.addContainer('a', full.id));
  const b = records.addContainer('b', network.id);
  records.endpoints.insert([newEndpoint(b, full.id, {position: 1})]);
  const error = await engineErrorOf(() => leaseAddresses(records, b));
  assert.is(error.code, 'address-unavailable');
  assert.equal(
    records.endpoints.ofContainer(b).map(({active, ipv4}) => [active, ipv4]),
    [
      [false, undefined],
      [false, undefined],
    ],
  );
  records.endpoints.remove(b, full.id);
  assert.is(leased(records, b)?.ipv4, '172.30.0.2');
});

test('an exhausted network is named, with its subnet and how many hold it', async ({records, network}) => {
  useOnly(records, network, [subnetOf('172.30.0.0/29')]);
  for (const id of ['a', 'b', 'c', 'd', 'e']) leaseAddresses(records, records.addContainer(id, network.id));
  assert.equal([...records.endpoints.held(network.id, 'ipv4')].sort().at(-1), '172.30.0.6');
  const last = records.addContainer('f', network.id);
  const error = await engineErrorOf(() => leaseAddresses(records, last));
  assert.is(error.code, 'address-unavailable');
  assert.is(
    error.message,
    'no free address is left on network web: 5 containers hold those of 172.30.0.0/29',
  );
  records.endpoints.deactivate(records.containers.findByName('container_c')?.id ?? '');
  assert.is(leased(records, last)?.ipv4, '172.30.0.4');
});

test('stays in the range, and off the gateway and auxiliary addresses', ({records, network}) => {
  const ipRange = cidr('172.30.0.128/30');
  const gateway = ip('172.30.0.128');
  useOnly(records, network, [
    subnetOf('172.30.0.0/24', {ipRange, gateway, auxAddresses: {nas: ip('172.30.0.130')}}),
  ]);
  const given = ['a', 'b'].map((id) => leased(records, records.addContainer(id, network.id))?.ipv4);
  assert.equal(given, ['172.30.0.129', '172.30.0.131']);
});

test('uses every address of a pair', ({records, network}) => {
  useOnly(records, network, [{subnet: cidr('172.30.0.4/31'), auxAddresses: {}}]);
  const given = ['a', 'b'].map((id) => leased(records, records.addContainer(id, network.id))?.ipv4);
  assert.equal(given, ['172.30.0.4', '172.30.0.5']);
});

test('static addresses are respected: kept for who asks, passed over for others', ({records, network}) => {
  const mac = parseMacAddress('02:00:00:00:00:07');
  const asked = {ipv4: ip('172.30.0.2'), ipv6: ip('fd00:30::99'), ...(mac && {mac})};
  const wanting = leased(records, records.addContainer('a', network.id, asked));
  assert.equal(
    [wanting?.ipv4, wanting?.ipv6, wanting?.mac],
    ['172.30.0.2', 'fd00:30::99', '02:00:00:00:00:07'],
  );
  assert.is(leased(records, records.addContainer('b', network.id))?.ipv4, '172.30.0.3');
});

test('a static address outside the range but in the subnet is given', ({records, network}) => {
  useOnly(records, network, [subnetOf('172.30.0.0/24', {ipRange: cidr('172.30.0.128/25')})]);
  assert.is(
    leased(records, records.addContainer('a', network.id, {ipv4: ip('172.30.0.9')}))?.ipv4,
    '172.30.0.9',
  );
});

const refused: [wanted: {ipv4?: string; ipv6?: string}, message: string][] = [
  [
    {ipv4: '172.30.0.7'},
    'cannot give 172.30.0.7 on network web: address already in use by container container_a',
  ],
  [{ipv4: '172.31.0.7'}, 'cannot give 172.31.0.7 on network web: its subnet is 172.30.0.0/24'],
  [{ipv4: '172.30.0.1'}, "cannot give 172.30.0.1 on network web: it is the gateway's"],
  [{ipv4: '172.30.0.9'}, 'cannot give 172.30.0.9 on network web: it is reserved'],
  [{ipv4: '172.30.0.0'}, 'cannot give 172.30.0.0 on network web: it is reserved'],
  [{ipv4: '172.30.0.255'}, 'cannot give 172.30.0.255 on network web: it is reserved'],
  [{ipv6: 'fd00::7'}, 'cannot give fd00::7 on network web: it has no IPv6 subnet'],
];
for (const [{ipv4, ipv6}, message] of refused) {
  test(`refuses: ${message}`, async ({records, network}) => {
    useOnly(records, network, [subnetOf('172.30.0.0/24', {auxAddresses: {nas: ip('172.30.0.9')}})]);
    leaseAddresses(records, records.addContainer('a', network.id, {ipv4: ip('172.30.0.7')}));
    const wanted = {...(ipv4 && {ipv4: ip(ipv4)}), ...(ipv6 && {ipv6: ip(ipv6)})};
    const id = records.addContainer('b', network.id, wanted);
    const error = await engineErrorOf(() => leaseAddresses(records, id));
    assert.is(error.code, 'address-unavailable');
    assert.is(error.message, message);
    assert.is(records.endpoints.ofContainer(id)[0]?.active, false);
  });
}

test('no address is given on a network that is being removed, and a held one keeps it', async ({
  records,
  network,
}) => {
  const id = records.addContainer('a', network.id);
  leaseAddresses(records, id);
  assert.is(records.networks.beginRemoval(network.id), false);
  records.endpoints.deactivate(id);
  assert.is(records.networks.beginRemoval(network.id), true);
  const error = await engineErrorOf(() => leaseAddresses(records, id));
  assert.is(error.code, 'network-not-found');
  assert.is(error.message, 'network web is being removed');
});

test('a network without subnets gives a MAC that stays', ({records}) => {
  const none = newNetwork('none', {driver: 'none', subnets: []});
  records.networks.insert(none);
  const id = records.addContainer('a', none.id);
  const first = leased(records, id);
  assert.is(first?.ipv4, undefined);
  records.endpoints.deactivate(id);
  assert.is(leased(records, id)?.mac, first?.mac);
});

test('fifty processes at once get fifty addresses and fifty ports', async ({records, network}) => {
  const ids = Array.from({length: 50}, (_, n) => records.addContainer(`a${n + 10}`, network.id));
  const script = join(import.meta.dirname, '../../support/lease-process.ts');
  const statuses = await Promise.all(
    ids.map(async (id) => {
      const child = spawn(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', script, records.path, id],
        {stdio: 'inherit'},
      );
      return (await once(child, 'exit'))[0];
    }),
  );
  assert.equal(new Set(statuses), new Set([0]));
  const active = records.endpoints.listActive();
  for (const values of [
    active.map(({ipv4}) => ipv4),
    active.map(({ipv6}) => ipv6),
    active.map(({mac}) => mac),
  ]) {
    assert.is(new Set(values.filter(Boolean)).size, 50);
  }
  const ports = records.ports.list();
  assert.is(ports.length, 100, 'each on IPv4 and IPv6');
  assert.equal(
    new Set(ports.map(({hostPort}) => hostPort)),
    new Set(Array.from({length: 50}, (_, n) => 20000 + n)),
  );
});

test.run();
