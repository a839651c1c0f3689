import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {isRefusal, judge, walkHook} from '../../../src/network/host-firewall/evaluate.ts';
import type {Packet} from '../../../src/network/host-firewall/packet.ts';
import type {HostRuleset} from '../../../src/network/host-firewall/rule.ts';
import {loadIptables, loadNft, packet, workstation} from '../../support/host-rules.ts';
import {ufw4, ufw6} from '../../support/ufw-rules.ts';

const test = suite('the host firewall, evaluated');

/** `accept if A; drop: policy`. */
function told(ruleset: HostRuleset, asked: Packet): string {
  return walkHook(ruleset, asked)
    .flatMap(({decisions}) => decisions)
    .map(({outcome, when, rule, chain}) => {
      const condition = when.length === 0 ? '' : ` if ${when.join(' and ')}`;
      return `${outcome}${condition}: ${rule ? chain.name : `policy of ${chain.name}`}`;
    })
    .join('; ');
}

const judged = (ruleset: HostRuleset, asked: Packet) => judge(walkHook(ruleset, asked));

test('a host without rules lets everything in', async () => {
  const ruleset = await loadNft('');
  assert.equal(walkHook(ruleset, packet()), []);
  assert.is(judged(ruleset, packet()), 'accepted');
});

test('a policy decides what no rule names, and rules name the rest', async () => {
  const ruleset = await loadNft(workstation);
  assert.is(told(ruleset, packet({port: 81})), 'drop: policy of input');
  assert.is(told(ruleset, packet({port: 22, source: '198.51.100.1'})), 'accept: input');
  assert.is(told(ruleset, packet({inInterface: 'lo', port: 81})), 'accept: input');
  assert.is(told(ruleset, packet({port: 60_001, source: '198.51.100.1'})), 'accept: input');
  assert.is(told(ruleset, packet({port: 60_000, source: '198.51.100.1'})), 'drop: policy of input');
});

test('where the source is not known, both ways are told', async () => {
  const ruleset = await loadNft(workstation);
  assert.is(
    told(ruleset, packet()),
    'drop if ip saddr @banned: input; accept if ip saddr @trusted: input; drop: policy of input',
  );
  assert.is(judged(ruleset, packet()), 'depends');
  assert.is(told(ruleset, packet({source: '192.168.1.9'})), 'accept: input');
  assert.is(told(ruleset, packet({source: '10.0.0.5'})), 'accept: input');
  assert.is(told(ruleset, packet({source: '10.0.0.6'})), 'drop: policy of input');
  assert.is(told(ruleset, packet({source: '192.0.2.66', port: 22})), 'drop: input');
  assert.is(told(ruleset, packet({source: '192.0.2.66', port: 22, inInterface: 'wg0'})), 'accept: input');
});

test('ranges, concatenations, verdict maps with jumps, rates and negations', async () => {
  const ruleset = await loadNft(workstation);
  const source = '198.51.100.1';
  assert.is(told(ruleset, packet({port: 9050, source: '10.0.0.5'})), 'accept: input');
  assert.is(told(ruleset, packet({port: 5000, inInterface: 'eth1', source})), 'accept: input');
  assert.is(told(ruleset, packet({port: 5000, source})), 'drop: policy of input');
  assert.is(told(ruleset, packet({port: 631, source})), 'accept: printing');
  assert.is(told(ruleset, packet({port: 631, source, inInterface: 'wlan0'})), 'drop: policy of input');
  assert.is(
    told(ruleset, packet({port: 443, source})),
    'accept if limit rate 10/second: input; drop: policy of input',
  );
  assert.is(told(ruleset, packet({port: 7000, source})), 'reject: input');
  assert.is(told(ruleset, packet({port: 7000, source: '10.9.9.9'})), 'accept: input');
});

test('rules of the other family do not match, nor do those of the other protocol', async () => {
  const ruleset = await loadNft(workstation);
  assert.is(told(ruleset, packet({family: 6})), 'drop: policy of input');
  assert.is(told(ruleset, packet({family: 6, protocol: 'udp', port: 546})), 'accept: input');
  assert.is(told(ruleset, packet({protocol: 'udp', port: 546, source: '10.0.0.5'})), 'drop: policy of input');
  assert.is(told(ruleset, packet({protocol: 'udp', port: 22, source: '10.0.0.5'})), 'drop: policy of input');
});

test('forwarded packets: interfaces, destination, and whether they were translated', async () => {
  const ruleset = await loadNft(workstation);
  const forward = packet({hook: 'forward', outInterface: 'crundle0', destination: '172.17.0.2', port: 80});
  assert.is(told(ruleset, forward), 'drop: policy of forward');
  assert.is(told(ruleset, {...forward, translated: true}), 'accept: forward');
  const bridged = packet({hook: 'forward', outInterface: 'br0', destination: '10.1.4.4'});
  assert.is(told(ruleset, bridged), 'accept: forward');
});

test("the host's own translations are seen before crundle's", async () => {
  const ruleset = await loadNft(workstation);
  const before = (port: number, inInterface = 'eth0') =>
    told(ruleset, packet({hook: 'prerouting', port, inInterface}));
  assert.is(before(8088), 'translate: before');
  assert.is(before(2222), 'translate: before');
  assert.is(before(2222, 'eth1'), 'accept: policy of before');
});

test('a drop of any chain is the last word, an accept only of its own chain', async () => {
  const ruleset = await loadNft(`
    table inet first { chain early { type filter hook input priority -10; tcp dport 8080 accept; }; }
    table ip second { chain late { type filter hook input priority 10; tcp dport 8080 drop; }; }`);
  assert.is(told(ruleset, packet()), 'accept: early; drop: late');
  assert.is(judged(ruleset, packet()), 'refused');
  assert.is(judged(ruleset, packet({family: 6})), 'accepted');
});

test('a return under a condition leaves the rest to those that it does not meet', async () => {
  const ruleset = await loadNft(`
    table inet t {
      chain guard {
        ip saddr 10.0.0.0/8 return
        drop
      }
      chain input {
        type filter hook input priority 0; policy accept;
        jump guard
      }
    }`);
  assert.is(told(ruleset, packet()), 'drop if not (ip saddr 10.0.0.0/8): guard; accept: policy of input');
  assert.is(told(ruleset, packet({source: '10.3.3.3'})), 'accept: policy of input');
  assert.is(told(ruleset, packet({source: '11.3.3.3'})), 'drop: guard');
});

test("firewalld's shape: chains of zones that are gone to, verdict maps of interfaces", async () => {
  const ruleset = await loadNft(`
    table inet firewalld {
      chain filter_PREROUTING {
        type filter hook prerouting priority filter + 10; policy accept;
        meta nfproto ipv6 fib saddr . mark . iif oif missing drop
      }
      chain filter_INPUT {
        type filter hook input priority filter + 10; policy accept;
        ct state { established, related } accept
        ct status dnat accept
        iifname "lo" accept
        ct state invalid drop
        jump filter_INPUT_ZONES
        reject with icmpx admin-prohibited
      }
      chain filter_INPUT_ZONES {
        iifname "wg0" goto filter_IN_trusted
        goto filter_IN_public
      }
      chain filter_IN_trusted {
        accept
      }
      chain filter_IN_public {
        jump filter_IN_public_allow
        meta l4proto { icmp, ipv6-icmp } accept
      }
      chain filter_IN_public_allow {
        tcp dport 22 accept
        ip6 daddr fe80::/64 udp dport 546 accept
      }
    }`);
  assert.is(told(ruleset, packet({port: 22})), 'accept: filter_IN_public_allow');
  assert.is(told(ruleset, packet()), 'reject: filter_INPUT');
  assert.is(told(ruleset, packet({inInterface: 'wg0'})), 'accept: filter_IN_trusted');
  const v6 = packet({hook: 'prerouting', family: 6});
  assert.is(told(ruleset, v6), 'accept: policy of filter_PREROUTING');
});

test("ufw's rules are read in iptables' words", async () => {
  const ruleset = await loadIptables(ufw4, ufw6);
  assert.is(told(ruleset, packet({port: 22, destination: '192.168.1.2'})), 'accept: ufw-user-input');
  assert.is(told(ruleset, packet()), 'accept if -s 192.168.7.0/24: ufw-user-input; drop: policy of INPUT');
  assert.is(told(ruleset, packet({source: '192.168.7.7'})), 'accept: ufw-user-input');
  assert.is(told(ruleset, packet({port: 9999})), 'drop: ufw-user-input');
  assert.is(told(ruleset, packet({port: 9999, family: 6})), 'drop: ufw6-user-input');
  assert.is(told(ruleset, packet({port: 81})), 'drop: policy of INPUT');
  assert.is(
    told(ruleset, packet({port: 2222})),
    'reject if 6 connections in 30 s: ufw-user-limit; accept: ufw-user-limit-accept',
  );
  const forward = packet({
    hook: 'forward',
    outInterface: 'crundle0',
    translated: true,
    destination: '172.17.0.2',
  });
  assert.is(told(ruleset, forward), 'drop: policy of FORWARD');
  const [result] = walkHook(ruleset, packet({port: 9999}));
  const refusal = result?.decisions.find(({outcome}) => isRefusal(outcome));
  assert.is(refusal?.rule?.text, '-A ufw-user-input -p tcp -m tcp --dport 9999 -j DROP');
});

test('iptables: negations, lists of ports, ranges of addresses, quotes, chains of one’s own, translations', async () => {
  const ruleset = await loadIptables(`*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:lab - [0:0]
:refuse - [0:0]
-A INPUT ! -i lo -p tcp -m multiport --dports 80,443,8000:8100 -m comment --comment "lab: -j DROP \\"x\\"" -j lab
-A INPUT -p tcp -m conntrack --ctstate INVALID,RELATED -j ACCEPT
-A INPUT -p udp -m addrtype --dst-type LOCAL -j ACCEPT
-A lab -m iprange --src-range 10.0.0.5-10.0.0.9 -j ACCEPT
-A lab -g refuse
-A refuse ! -s 10.0.0.0/8 -j REJECT --reject-with icmp-port-unreachable
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --dport 81 -j REDIRECT --to-ports 80
COMMIT
`);
  assert.is(told(ruleset, packet({source: '10.0.0.7'})), 'accept: lab');
  assert.is(told(ruleset, packet({source: '10.0.0.10'})), 'drop: policy of INPUT');
  assert.is(told(ruleset, packet({source: '11.0.0.10', port: 443})), 'reject: refuse');
  assert.is(told(ruleset, packet({source: '11.0.0.10', port: 444})), 'drop: policy of INPUT');
  assert.is(told(ruleset, packet({protocol: 'udp', port: 5})), 'accept: INPUT');
  assert.is(told(ruleset, packet({hook: 'prerouting', port: 81})), 'translate: PREROUTING');
});

test("crundle's own tables are left out", async () => {
  const ruleset = await loadNft(
    'table inet crundle { chain input { type filter hook input priority 0; policy drop; }; }',
  );
  assert.equal(ruleset.chains, []);
});

test.after(async () => {
  await loadNft('');
});

test.run();
