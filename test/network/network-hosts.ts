// The three hosts of test/support/network-hosts.ts themselves: what the other tests of networks rest on.
import {existsSync} from 'node:fs';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {NetworkHosts} from '../support/network-hosts.ts';
import {assertHostClean} from '../support/test-host.ts';

const test = suite('network hosts');

test('the client and the upstream reach the engine, and it them, over both families and protocols', async () => {
  await using hosts = await NetworkHosts.start();
  const {client, engine, upstream} = hosts;
  for (const protocol of ['tcp', 'udp'] as const) {
    for (const family of ['ipv4', 'ipv6'] as const) {
      const address = family === 'ipv4' ? '0.0.0.0' : '::';
      for (const [server, from, seenFrom, to] of [
        [engine, client, client[family], engine[family]],
        [engine, upstream, upstream[family], hosts.engineUpstream[family]],
        [client, engine, engine[family], client[family]],
        [upstream, engine, hosts.engineUpstream[family], upstream[family]],
      ] as const) {
        await using listener = await server.listen({protocol, address, port: 0});
        const {seen} = await from.talk({protocol, address: to, port: listener.port});
        assert.equal([seen?.server, seen?.from], [server.name, seenFrom]);
        assert.is(await from.sourceSeenBy(protocol, to, listener.port), seenFrom);
      }
    }
  }
});

test('a server on no address serves both families, and tells IPv4 addresses as such', async () => {
  await using hosts = await NetworkHosts.start();
  for (const protocol of ['tcp', 'udp'] as const) {
    await using listener = await hosts.engine.listen({protocol, port: 0});
    for (const family of ['ipv4', 'ipv6'] as const) {
      const {engine, client} = hosts;
      assert.is(await client.sourceSeenBy(protocol, engine[family], listener.port), client[family]);
    }
  }
});

test('a closed port is refused, a dropped packet is a timeout, a taken port says so', async () => {
  await using hosts = await NetworkHosts.start();
  const {client, engine} = hosts;
  for (const protocol of ['tcp', 'udp'] as const) {
    assert.is(await client.sourceSeenBy(protocol, engine.ipv4, 9), 'ECONNREFUSED');
    engine.run(
      'nft',
      `add table inet t; add chain inet t c { type filter hook input priority 0; policy drop; }`,
    );
    assert.is(await client.sourceSeenBy(protocol, engine.ipv4, 9, 100), 'timeout');
    engine.run('nft', 'delete table inet t');
    await using listener = await engine.listen({protocol, port: 0});
    let error: unknown;
    await engine.listen({protocol, port: listener.port}).catch((reason) => (error = reason));
    assert.is(error instanceof Error && error.message, 'EADDRINUSE');
  }
});

test('a further place is any namespace file', async () => {
  await using hosts = await NetworkHosts.start();
  const place = hosts.place('again', `/proc/self/ns/net`);
  await using listener = await place.listen({protocol: 'tcp', port: 0});
  assert.is(
    (await hosts.client.talk({protocol: 'tcp', address: hosts.engine.ipv4, port: listener.port})).seen
      ?.server,
    'again',
  );
});

test('programs run in their namespaces, and closing removes everything', async () => {
  const hosts = await NetworkHosts.start();
  assert.match(
    hosts.client.run('ip', '-br', 'addr', 'show', 'eth0'),
    /198\.51\.100\.2\/24 2001:db8:c::2\/64/,
  );
  assert.throws(() => hosts.upstream.run('sh', '-c', 'echo no >&2; false'), /no/);
  await assertHostClean();
  await hosts[Symbol.asyncDispose]();
  assert.is(existsSync('/run/netns/client'), false);
  await assertHostClean();
});

test.run();
