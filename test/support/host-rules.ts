// Rulesets of real hosts, loaded into the kernel of the test host and read back from there.
import {execFileSync} from 'node:child_process';
import {type IpAddress, parseIpAddress} from '../../src/addresses/ip-address.ts';
import {readHostRuleset} from '../../src/network/host-firewall/host-ruleset.ts';
import type {Packet} from '../../src/network/host-firewall/packet.ts';
import type {HostRuleset} from '../../src/network/host-firewall/rule.ts';
import {testHost} from './test-host.ts';

/** What this host's kernel says of these rules. */
export async function loadNft(rules: string): Promise<HostRuleset> {
  onTestHost('nft', ['-f', '-'], `flush ruleset\n${rules}`);
  return await readHostRuleset({words: true});
}

/** Rules as `iptables-save` prints them. */
export async function loadIptables(save: string, save6 = ''): Promise<HostRuleset> {
  onTestHost('nft', ['flush', 'ruleset'], '');
  onTestHost('iptables-nft-restore', [], save);
  if (save6 !== '') onTestHost('ip6tables-nft-restore', [], save6);
  return await readHostRuleset({words: true});
}

function onTestHost(program: string, args: string[], input: string): void {
  if (!testHost.runRoot) throw new Error('not on a test host');
  execFileSync(program, args, {input, stdio: ['pipe', 'pipe', 'pipe']});
}

/** A new connection to port 8080 by eth0, from anywhere, but for what is changed. */
export function packet(
  change: Partial<Omit<Packet, 'source' | 'destination'>> & {source?: string; destination?: string} = {},
): Packet {
  const {source, destination, ...rest} = change;
  return {
    hook: 'input',
    family: 4,
    protocol: 'tcp',
    port: 8080,
    inInterface: 'eth0',
    translated: false,
    ...(source !== undefined && {source: address(source)}),
    ...(destination !== undefined && {destination: address(destination)}),
    ...rest,
  };
}

function address(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (parsed === undefined) throw new Error(`no address: ${text}`);
  return parsed;
}

/** A workstation: policy drop, sets, verdict maps, a chain of its own, rates. */
export const workstation = `
table inet filter {
  set trusted { type ipv4_addr; flags interval; elements = { 192.168.1.0/24, 10.0.0.5 } }
  set banned { type ipv4_addr; flags timeout; elements = { 192.0.2.66 timeout 1h } }
  map services { type inet_service : verdict; elements = { 22 : accept, 631 : jump printing } }
  chain printing {
    iifname "eth*" accept
    return
  }
  chain input {
    type filter hook input priority filter; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop }
    iif lo accept
    iifname != "wg0" ip saddr @banned drop
    meta l4proto { icmp, ipv6-icmp } accept
    tcp dport vmap @services
    ip saddr @trusted tcp dport { 8080, 9000-9100 } counter accept comment "lab"
    tcp dport 443 limit rate 10/second burst 5 packets accept
    meta nfproto ipv6 udp dport 546 accept
    iifname . tcp dport { "eth1" . 5000 } accept
    tcp dport 7000 ip saddr != 10.0.0.0/8 reject
    tcp dport 7000 accept
    tcp flags & (fin|syn|rst|ack) != syn ct state new drop
    tcp dport > 60000 accept
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname { "eth0", "eth1" } oifname "br0" ip daddr 10.1.0.0/16 accept
    ct status dnat oifname "crundle0" accept
  }
}
table ip nat {
  chain before {
    type nat hook prerouting priority dstnat; policy accept;
    tcp dport 8088 redirect to :80
    iifname "eth0" tcp dport 2222 dnat to 10.1.2.3:22
  }
}
`;
