// Published ports as they are reached: from a client outside, from the host itself and from containers, on hosts whose
// own rulesets differ.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  clearHostRules,
  FirewalledContainers,
  published,
  setHostRules,
} from '../support/firewalled-containers.ts';
import {NetworkHosts} from '../support/network-hosts.ts';
import type {NetworkPlace} from '../support/network-place.ts';
import {assertHostClean} from '../support/test-host.ts';

const protocols = ['tcp', 'udp'] as const;
const families = ['ipv4', 'ipv6'] as const;

const test = suite('published ports');
let hosts: NetworkHosts;
let containers: FirewalledContainers;
let web: NetworkPlace;
let other: NetworkPlace;
let stranger: NetworkPlace;

test.before(async () => {
  hosts = await NetworkHosts.start();
  containers = new FirewalledContainers(hosts);
  await containers.addNetwork(1);
  await containers.addNetwork(2);
  web = await containers.addContainer(1, 2);
  other = await containers.addContainer(1, 3);
  stranger = await containers.addContainer(2, 2);
  await containers.apply();
  for (const protocol of protocols) {
    await web.listen({protocol, port: 80});
    await containers.publish(...published(protocol, 8080, '1.2', 80));
  }
});

test.after(async () => {
  // First the hosts: their agents hold the containers' namespaces.
  await hosts[Symbol.asyncDispose]();
  await containers[Symbol.asyncDispose]();
  await assertHostClean();
});

test.after.each(clearHostRules);

/** What the container sees of each caller, else how the call failed: `tcp4 tcp6 udp4 udp6`. */
async function seenFrom(place: NetworkPlace, to: {ipv4: string; ipv6: string}, port = 8080, timeoutMs = 400) {
  const results = [];
  for (const protocol of protocols) {
    for (const family of families) {
      results.push(await place.sourceSeenBy(protocol, to[family], port, timeoutMs));
    }
  }
  return results.join(' ');
}

const fromClient = '198.51.100.2 2001:db8:c::2 198.51.100.2 2001:db8:c::2';
const timeouts = 'timeout timeout timeout timeout';

test('a client outside reaches the container, and the container sees its address', async () => {
  assert.is(await seenFrom(hosts.client, hosts.engine), fromClient);
});

test('the host reaches it by its own addresses and by loopback', async () => {
  const {engine} = hosts;
  assert.is(await seenFrom(engine, engine), '198.51.100.1 2001:db8:c::1 198.51.100.1 2001:db8:c::1');
  assert.is(
    await seenFrom(engine, {ipv4: '127.0.0.1', ipv6: '::1'}),
    '172.31.1.1 fd00:1::1 172.31.1.1 fd00:1::1',
  );
});

test('containers reach it by the address of the host: another, one of another network, itself', async () => {
  const {engine} = hosts;
  assert.is(await seenFrom(other, engine), '172.31.1.1 fd00:1::1 172.31.1.1 fd00:1::1');
  assert.is(await seenFrom(stranger, engine), '172.31.1.1 fd00:1::1 172.31.1.1 fd00:1::1');
  assert.is(await seenFrom(web, engine), '172.31.1.1 fd00:1::1 172.31.1.1 fd00:1::1');
});

test('what the host drops is not published', async () => {
  setHostRules(
    'chain input { type filter hook input priority 0; policy drop; iif lo accept; icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept; ct state established accept; tcp dport 22 accept; }',
  );
  assert.is(await seenFrom(hosts.client, hosts.engine), timeouts);
});

test('what the host lets in is', async () => {
  setHostRules(
    'chain input { type filter hook input priority 0; policy drop; icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept; ct state established accept; meta l4proto { tcp, udp } th dport 8080 accept; }',
  );
  assert.is(await seenFrom(hosts.client, hosts.engine), fromClient);
});

test.run();
