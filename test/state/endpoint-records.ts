import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {macOf} from '../../src/addresses/mac-address.ts';
import {isUniqueViolation} from '../../src/state/sqlite-failure.ts';
import {LeaseState} from '../support/lease-state.ts';
import {ip, newEndpoint, newNetwork} from '../support/network-record.ts';

const test = suite<{records: LeaseState}>('endpoint and port records');
const [web, db] = [newNetwork('web').id, newNetwork('db').id];
const address = ip('172.30.0.2');
const lease = {ipv4: address, ipv6: ip('fd00::2'), mac: macOf(address)};

test.before.each((context) => {
  context.records = new LeaseState();
});
test.after.each(({records}) => records[Symbol.dispose]());

test('gives back what was put in, by position', ({records}) => {
  const id = records.addContainer('a');
  const second = newEndpoint(id, db, {position: 1});
  const first = newEndpoint(id, web, {
    aliases: ['w'],
    wanted: {ipv4: address, mac: macOf(address)},
    linkLocal: [ip('169.254.1.1')],
    driverOptions: {k: 'v'},
    gatewayPriority: 5,
  });
  records.endpoints.insert([second, first]);
  const nothing = {active: false, ipv4: undefined, ipv6: undefined, mac: undefined};
  assert.equal(records.endpoints.ofContainer(id), [
    {...first, ...nothing},
    {...second, ...nothing},
  ]);
  records.endpoints.remove(id, web);
  assert.equal(
    records.endpoints.list().map(({networkId}) => networkId),
    [db],
  );
  records.endpoints.removeContainer(id);
  records.endpoints.removeContainer(id);
  assert.equal(records.endpoints.ofNetwork(db), []);
});

test('a container is on a network once, and then none of its rows is added', ({records}) => {
  const id = records.addContainer('a', web);
  assert.throws(
    () => records.endpoints.insert([newEndpoint(id, db), newEndpoint(id, web)]),
    isUniqueViolation,
  );
  assert.is(records.endpoints.ofContainer(id).length, 1);
});

test('the schema itself lets no two active endpoints of a network hold one address', ({records}) => {
  const [a, b] = ['a', 'b'].map((id) => records.addContainer(id, web));
  const other = records.addContainer('c', db);
  const endpointOf = (id = '') => records.endpoints.ofContainer(id)[0]?.id ?? '';
  records.endpoints.activate(endpointOf(a), lease);
  assert.throws(
    () => records.endpoints.activate(endpointOf(b), {...lease, ipv6: undefined}),
    isUniqueViolation,
  );
  assert.throws(
    () => records.endpoints.activate(endpointOf(b), {...lease, ipv4: undefined}),
    isUniqueViolation,
  );
  records.endpoints.activate(endpointOf(other), lease);
  assert.equal(records.endpoints.held(web, 'ipv4'), new Set([address]));
  records.endpoints.deactivate(a ?? '');
  assert.equal(records.endpoints.held(web, 'ipv4'), new Set());
  assert.is(records.endpoints.ofContainer(a ?? '')[0]?.ipv4, address, 'the last address is remembered');
  records.endpoints.activate(endpointOf(b), lease);
  assert.is(records.endpoints.listActive().length, 2);
});

test('ports come back by container port, IPv4 first, and go with their container', ({records: {ports}}) => {
  const port = (hostIp: string, hostPort: number, containerPort: number) => ({
    containerId: 'a'.repeat(64),
    protocol: 'tcp' as const,
    hostIp: ip(hostIp),
    hostPort,
    containerPort,
  });
  const rows = [port('0.0.0.0', 80, 80), port('::', 80, 80), port('0.0.0.0', 70, 443)];
  for (const row of rows.toReversed()) ports.insert(row);
  assert.equal(ports.ofContainer('a'.repeat(64)), rows);
  assert.is(ports.onPort('tcp', 80).length, 2);
  assert.is(ports.onPort('udp', 80).length, 0);
  assert.throws(() => ports.insert({...port('::', 80, 1), containerId: 'b'.repeat(64)}), isUniqueViolation);
  ports.removeContainer('a'.repeat(64));
  ports.removeContainer('a'.repeat(64));
  assert.equal(ports.list(), []);
});

test.run();
