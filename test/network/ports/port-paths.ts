// What is told of a port is what happens: the ways to it as they are worked out, beside connections that are really made
// from a client outside, on hosts whose own rulesets differ.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {familyOf} from '../../../src/addresses/ip-address.ts';
import {readHostRuleset} from '../../../src/network/host-firewall/host-ruleset.ts';
import type {PortFacts} from '../../../src/network/ports/port-hops.ts';
import {type PortPath, portPaths} from '../../../src/network/ports/port-paths.ts';
import {
  address,
  clearHostRules,
  FirewalledContainers,
  published,
  setHostRules,
} from '../../support/firewalled-containers.ts';
import {NetworkHosts} from '../../support/network-hosts.ts';
import {assertHostClean} from '../../support/test-host.ts';

const test = suite('the ways to a port');
const engineAddresses = [address('198.51.100.1'), address('2001:db8:c::1')];
const clientAddresses = [address('198.51.100.2'), address('2001:db8:c::2')];
let hosts: NetworkHosts;
let containers: FirewalledContainers;

test.before(async () => {
  hosts = await NetworkHosts.start();
  containers = new FirewalledContainers(hosts);
  await containers.addNetwork(1);
  const web = await containers.addContainer(1, 2);
  await containers.apply();
  await web.listen({protocol: 'tcp', port: 80});
  await containers.publish(...published('tcp', 8080, '1.2', 80));
});

test.after(async () => {
  clearHostRules();
  await hosts[Symbol.asyncDispose]();
  await containers[Symbol.asyncDispose]();
  await assertHostClean();
});

async function waysIn(change: Partial<PortFacts> = {}): Promise<PortPath[]> {
  const facts: PortFacts = {
    port: 8080,
    protocol: 'tcp',
    policy: 'host',
    addresses: engineAddresses.map((own) => ({interface: 'lan0', address: own})),
    networks: [],
    published: published('tcp', 8080, '1.2', 80).map(({hostIp, targetIp}) => ({
      container: {id: 'a'.repeat(64), name: 'web', running: true},
      hostIp,
      containerPort: 80,
      target: {address: targetIp, bridge: 'crt1', network: 'n1', internal: false},
      listening: [address('::')],
    })),
    listeners: [],
    ruleset: await readHostRuleset({words: true}),
    ...change,
  };
  return portPaths(facts).filter(({from}) => from.startsWith('outside'));
}

/** For IPv4 and IPv6: what is told for this client, and whether it gets through. */
async function toldAndSeen(): Promise<string[]> {
  const told = await Promise.all(
    clientAddresses.map(async (from) => (await waysIn({from}))[0]?.verdict ?? 'no way'),
  );
  const seen = await Promise.all(
    engineAddresses.map((own) => hosts.client.sourceSeenBy('tcp', own, 8080, 400)),
  );
  return told.map((verdict, index) => {
    const from = seen[index] ?? '';
    return `${verdict}: ${from === clientAddresses[index] ? 'reached' : 'not reached'}`;
  });
}

const open = 'reachable: reached';
const shut = 'refused: not reached';
const input = 'type filter hook input priority 0; policy drop;';
const forward = 'type filter hook forward priority 0; policy drop;';

const cases: [string, string, string[]][] = [
  ['no rule', '', [open, open]],
  ['a policy that drops', `chain i { ${input}\n }`, [shut, shut]],
  ['the port is let in', `chain i { ${input}\n tcp dport 8080 accept\n }`, [open, open]],
  ['another port is', `chain i { ${input}\n tcp dport { 80, 8081-8090 } accept\n }`, [shut, shut]],
  ['one source is', `chain i { ${input}\n ip saddr 198.51.100.0/24 accept\n }`, [open, shut]],
  [
    'all sources but one',
    `chain i { ${input}\n ip6 saddr != 2001:db8:c::2 accept\n ip saddr != 198.51.100.2 accept\n }`,
    [shut, shut],
  ],
  [
    'a set, a chain of its own, and a return',
    `set ok { type ipv4_addr; flags interval; elements = { 198.51.100.0/30 } }
     chain guard {
       ip saddr @ok return
       drop
     }
     chain i { type filter hook input priority 0;
       iifname "lan0" jump guard
     }`,
    [open, shut],
  ],
  [
    'a verdict map of ports',
    `chain i { ${input}\n tcp dport vmap { 22 : drop, 8000-9000 : accept }\n }`,
    [open, open],
  ],
  [
    'rejected by protocol',
    'chain i { type filter hook input priority 0;\n meta nfproto ipv6 tcp dport 8080 reject\n }',
    [open, shut],
  ],
  [
    'before routing',
    'chain p { type filter hook prerouting priority -150;\n iifname "lan*" ip saddr 198.51.100.2 tcp dport 8080 drop\n }',
    [shut, open],
  ],
  [
    'the forward policy drops',
    `chain f { ${forward}\n ct state established,related accept\n }`,
    [shut, shut],
  ],
  [
    'the forward chain lets in what was translated',
    `chain f { ${forward}\n ct state established,related accept\n ct status dnat ip daddr 172.31.1.0/24 accept\n }`,
    [open, shut],
  ],
  [
    'the forward chain lets in by crundle-in',
    `chain f { ${forward}\n ct state established,related accept\n iifname . oifname { "crundle-in" . "crt1" } accept\n }`,
    [open, open],
  ],
  [
    'a later chain of another priority',
    'chain i { type filter hook input priority 20;\n tcp dport 8080 drop\n }\n chain j { type filter hook input priority 0;\n accept\n }',
    [shut, shut],
  ],
  [
    'answered with a reset, which is for TCP alone',
    'chain i { type filter hook input priority 0;\n ip daddr 198.51.100.0/24 reject with tcp reset\n }',
    [shut, open],
  ],
  [
    'the output policy drops what goes out of crundle-out',
    'chain o { type filter hook output priority 0; policy drop;\n ct state new,established,related accept\n }',
    [shut, shut],
  ],
  [
    'the output policy lets out what goes to crundle-out',
    'chain o { type filter hook output priority 0; policy drop;\n ct state established accept\n meta l4proto ipv6-icmp accept\n oifname "crundle-out" ip daddr 198.51.100.1 accept\n }',
    [open, shut],
  ],
];

for (const [name, rules, expected] of cases) {
  test(name, async () => {
    setHostRules(rules);
    assert.equal(await toldAndSeen(), expected);
  });
}

test('a refusal is quoted with the command that lifts it, and the command does', async () => {
  setHostRules(`chain i { ${input}\n ct state established accept\n tcp dport 22 accept\n }`);
  const [way] = await waysIn();
  const [hop] = way?.hops ?? [];
  assert.equal(hop, {
    at: 'input',
    verdict: 'refused',
    decisions: [{outcome: 'drop', when: [], tool: 'nft', family: 'inet', table: 'host', chain: 'i'}],
    command: `nft 'insert rule inet host i iifname "lan0" tcp dport 8080 accept'`,
  });
  setHostRules(
    `chain i { ${input}\n ct state established accept\n tcp dport 22 accept\n }\n}\n${hop?.command?.replace(/^nft '(.*)'$/, '$1')}\ntable inet host {`,
  );
  assert.equal(await toldAndSeen(), [open, open]);
});

test('both refusals of one way are told, and the container that does not listen', async () => {
  setHostRules(`chain i { ${input}\n }\n chain f { ${forward}\n }`);
  const facts = {listening: [address('127.0.0.1')]};
  const [base] = (await waysIn()).filter(({address: own}) => familyOf(own) === 4);
  assert.equal(
    base?.hops.map(({at, verdict}) => `${at}: ${verdict}`),
    ['input: refused', 'forward: refused'],
  );
  clearHostRules();
  const [way] = await waysIn({
    published: [
      {
        container: {id: 'a'.repeat(64), name: 'web', running: true},
        hostIp: address('0.0.0.0'),
        containerPort: 80,
        target: {address: address('172.31.1.2'), bridge: 'crt1', network: 'n1', internal: false},
        ...facts,
      },
    ],
  });
  assert.is(way?.verdict, 'nothing listens');
  assert.is(way?.hops.at(-1)?.text, 'web listens on 127.0.0.1:80 only: its program has to listen on 0.0.0.0');
});

test.run();
