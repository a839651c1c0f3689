import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {PortMapping} from '../../../bundles/network-options.ts';
import {everyAddress, leasePorts} from '../../../src/network/ports/port-lease.ts';
import {engineErrorOf} from '../../support/engine-error.ts';
import {LeaseState} from '../../support/lease-state.ts';
import {ip} from '../../support/network-record.ts';

// As `ps` and `ss` call this process.
const ownName = readFileSync('/proc/self/comm', 'utf8').trim();
const test = suite<{records: LeaseState}>('port leases');

test.before.each((context) => {
  context.records = new LeaseState();
});
test.after.each(({records}) => records[Symbol.dispose]());

function lease(records: LeaseState, id: string, mappings: PortMapping[], {ipv6 = true} = {}) {
  const containerId = records.containers.findByIdPrefix(id)[0]?.id ?? records.addContainer(id);
  const defaultHostIps = everyAddress({ipv4: true, ipv6});
  const ports = leasePorts(records, {containerId, mappings, defaultHostIps});
  return ports.map(({protocol, hostIp, hostPort, containerPort}) =>
    [hostIp, hostPort, containerPort, protocol].join(' '),
  );
}

const tcp = (hostPort: number, change: Partial<PortMapping> = {}): PortMapping => ({
  containerPort: 80,
  protocol: 'tcp',
  hostPorts: {first: hostPort, last: hostPort},
  ...change,
});

async function refusal(records: LeaseState, id: string, mappings: PortMapping[], options = {}) {
  const error = await engineErrorOf(() => lease(records, id, mappings, options));
  assert.is(error.code, 'port-taken');
  return error.message;
}

test('leases a port on every address of both families, or the one that is named', ({records}) => {
  assert.equal(lease(records, 'a', [tcp(8080)]), ['0.0.0.0 8080 80 tcp', ':: 8080 80 tcp']);
  assert.equal(lease(records, 'b', [tcp(8081)], {ipv6: false}), ['0.0.0.0 8081 80 tcp']);
  assert.equal(lease(records, 'c', [tcp(8082, {hostIp: ip('127.0.0.1')})]), ['127.0.0.1 8082 80 tcp']);
});

test('gives a container that holds its ports no others', ({records}) => {
  const random: PortMapping = {containerPort: 80, protocol: 'tcp'};
  assert.equal(lease(records, 'a', [random]), lease(records, 'a', [random]));
});

test('names the container that has the port, and leases nothing then', async ({records}) => {
  lease(records, 'a', [tcp(8080)]);
  assert.is(
    await refusal(records, 'b', [tcp(8081), tcp(8080)]),
    'cannot publish port 8080/tcp: container container_a has it',
  );
  assert.is(records.ports.list().length, 2);
  records.ports.removeContainer(records.containers.findByName('container_a')?.id ?? '');
  assert.equal(lease(records, 'b', [tcp(8080)]).length, 2);
});

test('one address conflicts with all of its family and with itself, not with others', async ({records}) => {
  const at = (address: string) => [tcp(8080, {hostIp: ip(address)})];
  lease(records, 'a', at('127.0.0.1'));
  assert.is(
    await refusal(records, 'b', at('127.0.0.1')),
    'cannot publish port 127.0.0.1:8080/tcp: container container_a has it',
  );
  assert.is(
    await refusal(records, 'b', at('0.0.0.0')),
    'cannot publish port 0.0.0.0:8080/tcp: container container_a has it',
  );
  lease(records, 'b', at('127.0.0.2'));
  lease(records, 'c', at('::'));
  assert.is(
    await refusal(records, 'd', at('::1')),
    'cannot publish port ::1:8080/tcp: container container_c has it',
  );
});

test('protocols have ports of their own', ({records}) => {
  lease(records, 'a', [tcp(8080)]);
  assert.equal(lease(records, 'b', [tcp(8080, {protocol: 'udp'})]), [
    '0.0.0.0 8080 80 udp',
    ':: 8080 80 udp',
  ]);
  assert.equal(lease(records, 'c', [tcp(8080, {protocol: 'sctp'})]), [
    '0.0.0.0 8080 80 sctp',
    ':: 8080 80 sctp',
  ]);
});

test('takes the first free port of a range, and says when none is left', async ({records}) => {
  const range = [tcp(0, {hostPorts: {first: 8000, last: 8001}})];
  assert.equal(lease(records, 'a', range, {ipv6: false}), ['0.0.0.0 8000 80 tcp']);
  assert.equal(lease(records, 'b', range, {ipv6: false}), ['0.0.0.0 8001 80 tcp']);
  assert.is(await refusal(records, 'c', range), 'cannot publish a port: all of 8000-8001/tcp are taken');
});

test("a port that nobody named is one of the host's ephemeral ports, the same on both families", ({
  records,
}) => {
  const [first = '', second = ''] = lease(records, 'a', [{containerPort: 80, protocol: 'tcp'}]);
  const port = Number(first.split(' ')[1]);
  assert.ok(port >= 32768 && port <= 60999, first);
  assert.is(second, `:: ${port} 80 tcp`);
});

for (const [address, host] of [
  ['0.0.0.0', 'on all IPv4 addresses'],
  ['127.0.0.1', 'on loopback'],
  ['::', 'on IPv6 and IPv4 together'],
  ['::ffff:127.0.0.1', 'on IPv4 through IPv6'],
] as const) {
  test(`names the process that listens ${host}`, async ({records}) => {
    const server = createServer();
    await once(server.listen(8085, address), 'listening');
    try {
      assert.is(
        await refusal(records, 'a', [tcp(8085)], {ipv6: false}),
        `cannot publish port 8085/tcp: process ${process.pid} (${ownName}) listens on it`,
      );
    } finally {
      server.close();
    }
    lease(records, 'a', [tcp(8085)]);
  });
}

test('names the process that waits for datagrams; the same TCP port is free', async ({records}) => {
  const socket = createSocket('udp4');
  socket.bind(8086, '127.0.0.1');
  await once(socket, 'listening');
  try {
    assert.is(
      await refusal(records, 'a', [tcp(8086, {protocol: 'udp'})]),
      `cannot publish port 8086/udp: process ${process.pid} (${ownName}) listens on it`,
    );
    lease(records, 'a', [tcp(8086)]);
  } finally {
    socket.close();
  }
});

test('a program on another address of the host is not in the way', async ({records}) => {
  const server = createServer();
  await once(server.listen(8087, '127.0.0.2'), 'listening');
  try {
    assert.equal(lease(records, 'a', [tcp(8087, {hostIp: ip('127.0.0.1')})]), ['127.0.0.1 8087 80 tcp']);
  } finally {
    server.close();
  }
});

test.run();
