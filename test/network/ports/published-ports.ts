// Published ports as they are reached: from a client outside, from the host itself and from containers, on hosts whose
// own rulesets differ.
import {existsSync} from 'node:fs';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  clearHostRules,
  FirewalledContainers,
  published,
  setHostRules,
} from '../../support/firewalled-containers.ts';
import {NetworkHosts} from '../../support/network-hosts.ts';
import type {NetworkPlace} from '../../support/network-place.ts';
import {assertHostClean, saySkipped} from '../../support/test-host.ts';

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

// A common header to port 9999 with its checksum (CRC32c) and an INIT chunk, which connection tracking wants whole.
const sctpInit = `use Socket; sub crc { my $c = 0xffffffff; for (unpack "C*", $_[0]) { $c ^= $_; $c = $c & 1 ? ($c >> 1) ^ 0x82f63b78 : $c >> 1 for 1..8 } $c ^ 0xffffffff }
  $init = pack("CCnNNnnN", 1, 0, 20, 7, 65535, 1, 1, 1); $p = pack("nnNN", 4444, 9999, 0, 0) . $init; substr($p, 8, 4) = pack("V", crc($p));
  socket(S, PF_INET, SOCK_RAW, 132); send(S, $p, 0, pack_sockaddr_in(0, inet_aton("198.51.100.1")));`;

/** One datagram from a fixed port of the client: the source that the container saw, or nothing. */
function datagram(fromPort: number, to: string, port: number, length = 1): string {
  const program = `use Socket; socket(S, PF_INET, SOCK_DGRAM, 17); bind(S, pack_sockaddr_in(${fromPort}, INADDR_ANY));
    send(S, 'x' x ${length}, 0, pack_sockaddr_in(${port}, inet_aton('${to}'))); $SIG{ALRM} = sub { exit 0 }; alarm 1; recv(S, $b, 999, 0); print $b`;
  return /"from":"([^"]*)"/.exec(hosts.client.run('perl', '-e', program))?.[1] ?? '';
}

test('a sender of datagrams who was there before the port is published reaches it, and not when it is gone', async () => {
  const port = published('udp', 9090, '1.2', 80);
  assert.is(datagram(5555, hosts.engine.ipv4, 9090), '');
  await containers.publish(...port);
  assert.is(datagram(5555, hosts.engine.ipv4, 9090), '198.51.100.2');
  await containers.unpublish(...port);
  assert.is(datagram(5555, hosts.engine.ipv4, 9090), '');
});

test('a port bound to loopback is reached from the host alone', async () => {
  await containers.publish(
    ...protocols.flatMap((protocol) =>
      ['127.0.0.1', '::1'].flatMap((ip) => published(protocol, 7070, '1.2', 80, ip)),
    ),
  );
  const loopback = {ipv4: '127.0.0.1', ipv6: '::1'};
  assert.is(await seenFrom(hosts.engine, loopback, 7070), '172.31.1.1 fd00:1::1 172.31.1.1 fd00:1::1');
  const refused = 'ECONNREFUSED ECONNREFUSED ECONNREFUSED ECONNREFUSED';
  assert.is(await seenFrom(hosts.client, hosts.engine, 7070), refused);
  assert.is(await seenFrom(hosts.engine, hosts.engine, 7070), refused);
  assert.is(await seenFrom(other, hosts.engine, 7070), refused);
  other.run('ip', 'route', 'del', 'local', '127.0.0.0/8', 'dev', 'lo', 'table', 'local');
  other.run('ip', 'route', 'del', 'local', '127.0.0.1', 'dev', 'lo', 'table', 'local');
  other.run('ip', 'route', 'add', '127.0.0.1/32', 'via', '172.31.1.1', 'src', '172.31.1.3');
  other.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet');
  assert.is(await other.sourceSeenBy('tcp', '127.0.0.1', 7070, 400), 'timeout');
});

test('a container of another network, and a client that routes to it, do not reach a container itself', async () => {
  const direct = {ipv4: '172.31.1.2', ipv6: 'fd00:1::2'};
  assert.is(await seenFrom(stranger, direct, 80), timeouts);
  assert.is(await seenFrom(hosts.client, direct, 80), timeouts);
  assert.is(await seenFrom(other, direct, 80), '172.31.1.3 fd00:1::3 172.31.1.3 fd00:1::3');
});

test('allowed by source, and rejected, as the host says', async () => {
  const rules = (source4: string, source6: string) =>
    setHostRules(
      `chain input { type filter hook input priority 0; icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept; ct state established accept; ip saddr ${source4} accept; ip6 saddr ${source6} accept; meta l4proto tcp reject with tcp reset; reject; }`,
    );
  rules('198.51.100.2', '2001:db8:c::2');
  assert.is(await seenFrom(hosts.client, hosts.engine), fromClient);
  assert.is(
    await seenFrom(hosts.upstream, hosts.engineUpstream),
    'ECONNREFUSED ECONNREFUSED ECONNREFUSED ECONNREFUSED',
  );
});

test('what the host does not forward to containers does not reach them', async () => {
  setHostRules(
    'chain forward { type filter hook forward priority 0; policy drop; ct state established accept; }',
  );
  assert.is(await seenFrom(hosts.client, hosts.engine), timeouts);
});

test('policy open publishes past the input rules of the host', async () => {
  await containers.apply({policy: 'open'});
  setHostRules(
    'chain input { type filter hook input priority 0; policy drop; icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept; }',
  );
  assert.is(await seenFrom(hosts.client, hosts.engine), fromClient);
  await containers.apply();
});

test('large datagrams and fragments reach it', async () => {
  for (const length of [4000, 30_000]) {
    assert.is(datagram(5557 + length, hosts.engine.ipv4, 8080, length), '198.51.100.2');
  }
});

test('SCTP is translated where the kernel can, also without sockets for it', async () => {
  await containers.publish(...published('sctp', 9999, '1.2', 5));
  // A raw socket in the container hears the INIT chunk of another in the client, with its port translated.
  const hear = `use Socket; socket(S, PF_INET, SOCK_RAW, 132); $SIG{ALRM} = sub { exit 0 }; alarm 4; syswrite STDOUT, "ready\\n"; recv(S, $b, 999, 0); print join ' ', 'port', unpack('x22n', $b), 'from', join '.', unpack('x12C4', $b);`;
  const heard = web.run(
    'sh',
    '-c',
    `perl -e '${hear.replaceAll("'", `'"'"'`)}' & sleep 0.3; nsenter --net=/run/netns/client perl -e '${sctpInit}'; wait`,
  );
  assert.match(heard, /port 5 from 198\.51\.100\.2/);
});

const hasIptables = existsSync('/usr/sbin/iptables-nft');
if (!hasIptables) saySkipped('iptables is not installed');

(hasIptables ? test : test.skip)('rules that ufw writes through iptables hold', async () => {
  const iptables = (...args: string[]) => hosts.engine.run('iptables-nft', ...args);
  iptables('-P', 'INPUT', 'DROP');
  iptables('-A', 'INPUT', '-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED', '-j', 'ACCEPT');
  assert.is(await hosts.client.sourceSeenBy('tcp', hosts.engine.ipv4, 8080, 400), 'timeout');
  iptables('-A', 'INPUT', '-p', 'tcp', '--dport', '8080', '-j', 'ACCEPT');
  assert.is(await hosts.client.sourceSeenBy('tcp', hosts.engine.ipv4, 8080, 400), '198.51.100.2');
  hosts.engine.run('nft', 'delete', 'table', 'ip', 'filter');
});

test('a key that was left behind gives way, and removing is no failure where the tables are gone', async () => {
  await containers.firewall.publish(published('tcp', 6060, '1.3', 1), []);
  await containers.publish(...published('tcp', 6060, '1.2', 80));
  assert.is(await hosts.client.sourceSeenBy('tcp', hosts.engine.ipv4, 6060, 400), '198.51.100.2');
  hosts.engine.run('nft', 'flush', 'ruleset');
  await containers.firewall.publish([], published('tcp', 6061, '1.2', 80));
  await containers.apply();
});

test('a flushed ruleset is noticed, and all works when it is written anew', async () => {
  assert.is(await containers.firewall.isWhole('host'), true);
  hosts.engine.run('nft', 'flush', 'ruleset');
  assert.is(await containers.firewall.isWhole('host'), false);
  await containers.apply();
  assert.is(await containers.firewall.isWhole('host'), true);
  assert.is(await seenFrom(hosts.client, hosts.engine), fromClient);
});

test.run();
