// The text of crundle's three tables: `inet crundle`, and `ip crundle` and `ip6 crundle` for what those families alone
// can do. Nothing of the host's own rules is read or changed. Pure; docs/decisions/0084 tells why it is made so.
//
// The way of a new connection from outside to a published port, under the policy `host`:
//   eth0 -> the host's input rules, all of them -> admit: a copy goes out of crundle-out, the original is dropped
//   crundle-in -> detour: translated to the container -> forward -> the bridge
// Later packets are translated by connection tracking as they come in, and never leave the fast path.
import {type Cidr, familyOfCidr} from '../addresses/cidr.ts';
import type {IpAddress} from '../addresses/ip-address.ts';
import {detourGateway4, detourGateway6, detourIn, detourOut} from './detour-names.ts';
import {elementOf, type PublishedTarget} from './publish-map.ts';

/** `host`: what the host's input rules refuse is not published. `open`: published past them, as Docker does. */
export type PublishPolicy = 'host' | 'open';

export interface FirewallNetwork {
  readonly bridge: string;
  readonly subnets: readonly Cidr[];
  /** No way in or out of it. */
  readonly internal: boolean;
  readonly masquerade: boolean;
  /** False: its containers reach each other through published ports alone. */
  readonly icc: boolean;
  /** The name service listens on its gateways, port 53: a container's published port 53 never takes that. */
  readonly names: boolean;
  readonly gateway4?: IpAddress;
  readonly gateway6?: IpAddress;
}

export interface FirewallState {
  readonly networks: readonly FirewallNetwork[];
  readonly ports: readonly PublishedTarget[];
  readonly policy: PublishPolicy;
  /** crundle, not the host's owner, turned forwarding on: the host becomes no router for others. */
  readonly dropForeignForward: {readonly ipv4: boolean; readonly ipv6: boolean};
  /** The name service had to take this port instead of 53. */
  readonly dnsRedirectPort?: number;
}

/** The chain that is there under the policy `host` alone. */
export const judgedChain = 'judged';

export const ownTables = ['inet crundle', 'ip crundle', 'ip6 crundle'] as const;

/** Replaces all three tables in one transaction. Under the policy `host` the detour's links must exist. */
export function rulesetScript(state: FirewallState): string {
  return `${removalScript()}${inetTable(state)}${familyTable(state, 4)}${familyTable(state, 6)}`;
}

/** Removes the tables, also where some or all are gone. */
export function removalScript(): string {
  return ownTables.map((table) => `add table ${table}\ndelete table ${table}\n`).join('');
}

const published = 'meta l4proto { 6, 17, 132 }';

function inetTable(state: FirewallState): string {
  const {networks, policy} = state;
  const names = (wanted: (network: FirewallNetwork) => boolean) =>
    networks.filter(wanted).map(({bridge}) => quote(bridge));
  const maps = ([4, 6] as const).map(
    (family) => `
  map publish${family} { type ipv${family}_addr . inet_proto . inet_service : ipv${family}_addr . inet_service; ${mapElements(state, `publish${family}`)} }
  map publish${family}_any { type inet_proto . inet_service : ipv${family}_addr . inet_service; ${mapElements(state, `publish${family}_any`)} }`,
  );
  const translations = (condition: string) =>
    `    ${condition} jump translate
`;
  return `table inet crundle {${maps.join('')}
  set bridges { type ifname; ${elements(names(() => true))} }
  set internal { type ifname; ${elements(names(({internal}) => internal))} }
  set named { type ifname; ${elements(names((network) => network.names))} }
  set within { type ifname . ifname; ${elements(networks.filter(({icc}) => icc).map(({bridge}) => `${quote(bridge)} . ${quote(bridge)}`))} }

  # The kernel refuses these too, but only after a translation would have made something else of them.
  chain raw {
    type filter hook prerouting priority -300;
    iifname != "lo" ip daddr 127.0.0.0/8 drop
    iifname != "lo" ip saddr 127.0.0.0/8 drop
${nameServiceForContainersOnly(networks)}  }
  # A container has its own addresses only, or it could pass for a source that the host's rules let in.
  chain sources {
    type filter hook prerouting priority mangle;
    iifname @bridges ct state new ip saddr != 0.0.0.0 fib saddr . iif oif missing drop
    iifname @bridges ct state new ip6 saddr != { ::, fe80::/10 } fib saddr . iif oif missing drop
  }
  chain translate {
    dnat ip to ip daddr . meta l4proto . th dport map @publish4
    dnat ip to meta l4proto . th dport map @publish4_any
    dnat ip6 to ip6 daddr . meta l4proto . th dport map @publish6
    dnat ip6 to meta l4proto . th dport map @publish6_any
  }
  chain prerouting {
    type nat hook prerouting priority ${policy === 'host' ? -101 : -99};
    iifname @named meta l4proto { 6, 17 } th dport 53 fib daddr . iif type local ${
      state.dnsRedirectPort === undefined ? 'accept' : `redirect to :${state.dnsRedirectPort}`
    }
    iifname @internal accept
${translations(`${policy === 'host' ? `iifname ${quote(detourIn)} ` : ''}${published} fib daddr type local`)}  }
  chain output {
    type nat hook output priority -99;
${translations(`${published} fib daddr type local`)}  }
  chain postrouting {
    type nat hook postrouting priority srcnat;
${sourceTranslations(state)}  }
  # What comes in by the detour and is not translated has no business here: a second round would never end.
  chain detour {
    type filter hook input priority -300;
    iifname ${quote(detourIn)} drop
  }
  chain forward {
    type filter hook forward priority filter;
    oifname ${quote(detourOut)} drop
    ct state established,related accept
    iifname . oifname @within accept
    iifname @internal drop
    oifname @internal drop
    ct status dnat accept
    iifname ${quote(detourIn)} drop
    oifname @bridges drop
    iifname @bridges ct state invalid drop
    iifname @bridges accept
${foreignForward(state)}  }
}
`;
}

// Links of other kinds belong to programs that want forwarding themselves: virtual machines, other engines, tunnels.
const otherKinds = '{ "bridge", "tun", "wireguard", "macvlan", "ipvlan", "vxlan", "ifb" }';

function foreignForward({dropForeignForward: {ipv4, ipv6}}: FirewallState): string {
  return [ipv4 && 'ipv4', ipv6 && 'ipv6']
    .filter(Boolean)
    .map(
      (family) =>
        `    meta nfproto ${family} meta iifkind != ${otherKinds} meta oifkind != ${otherKinds} drop\n`,
    )
    .join('');
}

function sourceTranslations({networks}: FirewallState): string {
  const lines = [
    ...([4, 6] as const).flatMap((family) => {
      const source = loopbackSource(networks, family);
      return source === undefined
        ? []
        : [`oifname @bridges ${family === 4 ? 'ip' : 'ip6'} saddr ${source} ct status dnat masquerade`];
    }),
    ...networks.flatMap(({bridge, subnets, masquerade}) =>
      subnets.flatMap((subnet) => {
        const source = `${familyOfCidr(subnet) === 4 ? 'ip' : 'ip6'} saddr ${subnet}`;
        return [
          // Back to the network it came from: without this the answer would not pass the host.
          `${source} oifname ${quote(bridge)} ct status dnat masquerade`,
          ...(masquerade ? [`${source} oifname != ${quote(bridge)} masquerade`] : []),
        ];
      }),
    ),
  ];
  return lines.map((line) => `    ${line}\n`).join('');
}

function familyTable(state: FirewallState, family: 4 | 6): string {
  const ip = family === 4 ? 'ip' : 'ip6';
  const local = loopbackRewrites(state.networks, family);
  return `table ${ip} crundle {
  set published { type ipv${family}_addr . inet_proto . inet_service; ${setElements(state, family, 'published')} }
  set published_any { type inet_proto . inet_service; ${setElements(state, family, 'published_any')} }
${state.policy === 'host' ? admission(state, family) : ''}${local}}
`;
}

// After every input chain of the host: what comes here was let in. The kernel forwards no link-local source, so those
// are told at once. A packet that tracking calls invalid must not reach the host's own sockets, which would reset the
// connection. \`dup\` names the device by its index.
function admission({networks}: FirewallState, family: 4 | 6): string {
  const named = networks.filter(({names}) => names).map(({bridge}) => quote(bridge));
  const ip = family === 4 ? 'ip' : 'ip6';
  const nameService =
    named.length === 0
      ? ''
      : `    iifname { ${named.join(', ')} } meta l4proto { 6, 17 } th dport 53 fib daddr . iif type local return\n`;
  const internal = networks.filter((network) => network.internal).map(({bridge}) => quote(bridge));
  // A network without a way out has none by a published port either.
  const closed = internal.length === 0 ? '' : `    iifname { ${internal.join(', ')} } return\n`;
  const linkLocal =
    family === 4
      ? ''
      : `    ip6 saddr fe80::/10 meta l4proto 6 reject with tcp reset
    ip6 saddr fe80::/10 reject with icmpv6 port-unreachable
`;
  return `  chain ${judgedChain} {
    type filter hook input priority 2147483000;
    iifname "lo" return
    ct state established,related return
    ct status dnat return
${closed}${nameService}    ${published} ${ip} daddr . meta l4proto . th dport @published jump admit
    ${published} meta l4proto . th dport @published_any fib daddr type local jump admit
  }
  chain admit {
${linkLocal}    ct state new dup to ${family === 4 ? detourGateway4 : detourGateway6} device ${quote(detourOut)}
    drop
  }
`;
}

// A packet from the loopback cannot leave the host, and masquerading is too late for that. So its source is changed before
// tracking sees it, and back behind it. IPv4 has route_localnet instead, which would let containers in to whatever listens
// on the loopback as soon as somebody flushes these rules.
function loopbackRewrites(networks: readonly FirewallNetwork[], family: 4 | 6): string {
  const source = loopbackSource(networks, family);
  if (source === undefined) return '';
  const [ip, own, all] = family === 4 ? ['ip', '127.0.0.1', '127.0.0.0/8'] : ['ip6', '::1', '::1'];
  const local = `${ip} saddr ${own} ${ip} daddr ${all} ${published}`;
  return `  chain from_loopback {
    type filter hook output priority -300;
    ${local} ${ip} daddr . meta l4proto . th dport @published ${ip} saddr set ${source}
    ${local} meta l4proto . th dport @published_any ${ip} saddr set ${source}
  }
  chain to_loopback {
    type filter hook input priority 300;
    iifname != "lo" ${ip} saddr ${all} ${ip} daddr set ${own}
  }
`;
}

function loopbackSource(networks: readonly FirewallNetwork[], family: 4 | 6): IpAddress | undefined {
  const gateways = networks
    .filter(({internal}) => !internal)
    .map(({gateway4, gateway6}) => (family === 4 ? gateway4 : gateway6));
  return gateways.find((gateway) => gateway !== undefined);
}

// A gateway's address is the host's own and would answer anybody who routes to it.
function nameServiceForContainersOnly(networks: readonly FirewallNetwork[]): string {
  const gateways = networks
    .filter(({names}) => names)
    .flatMap(({gateway4, gateway6}) => [gateway4, gateway6]);
  const rule = (ip: string, addresses: string[]) =>
    addresses.length === 0
      ? ''
      : `    iifname != @bridges iifname != { "lo", ${quote(detourIn)} } ${ip} daddr { ${addresses.join(', ')} } meta l4proto { 6, 17 } th dport 53 drop\n`;
  const known = gateways.filter((gateway) => gateway !== undefined);
  const is6 = (address: string) => address.includes(':');
  return (
    rule(
      'ip',
      known.filter((address) => !is6(address)),
    ) + rule('ip6', known.filter(is6))
  );
}

function mapElements({ports}: FirewallState, map: string): string {
  return elements(
    ports
      .map(elementOf)
      .filter((element) => element.map === map)
      .map(({key, value}) => `${key} : ${value}`),
  );
}

function setElements({ports}: FirewallState, family: 4 | 6, set: string): string {
  const table = family === 4 ? 'ip crundle' : 'ip6 crundle';
  return elements(
    ports
      .map(elementOf)
      .filter((element) => element.setTable === table && element.set === set)
      .map(({key}) => key),
  );
}

function elements(list: readonly string[]): string {
  return list.length === 0 ? '' : `elements = { ${list.join(', ')} };`;
}

function quote(name: string): string {
  return `"${name}"`;
}
