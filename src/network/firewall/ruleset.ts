// The text of crundle's three tables: `inet crundle`, and `ip crundle` and `ip6 crundle` for what those families alone
// can do. Nothing of the host's own rules is read or changed. Pure; docs/decisions/0084 tells why it is made so.
//
// The way of a new connection from outside to a published port, under the policy `host`:
//   eth0 -> the host's input rules, all of them -> admit: a copy goes out of crundle-out, the original is dropped
//   crundle-in -> detour: translated to the container -> forward -> the bridge
// Later packets are translated by connection tracking as they come in, and never leave the fast path.
import {type Cidr, familyOfCidr} from '../../addresses/cidr.ts';
import type {AddressFamily, IpAddress} from '../../addresses/ip-address.ts';
import {detourIn, detourOut} from '../names/detour-names.ts';
import {elementOf, type PublishedTarget} from '../ports/publish-map.ts';
import {familyTable} from './family-table.ts';
import {elements, gatewayOf, ipWord, loopbackSource, published, quote} from './ruleset-words.ts';

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

export const ownTables = ['inet crundle', 'ip crundle', 'ip6 crundle'] as const;

/** Replaces all three tables in one transaction. Under the policy `host` the detour's links must exist. */
export function rulesetScript(state: FirewallState): string {
  return `${removalScript()}${inetTable(state)}${familyTable(state, 4)}${familyTable(state, 6)}`;
}

/** Removes the tables, also where some or all are gone. */
export function removalScript(): string {
  return ownTables.map((table) => `add table ${table}\ndelete table ${table}\n`).join('');
}

function inetTable(state: FirewallState): string {
  const {networks, policy} = state;
  const names = (wanted: (network: FirewallNetwork) => boolean) =>
    networks.filter(wanted).map(({bridge}) => quote(bridge));
  const maps = ([4, 6] as const).map(
    (family) => `
  map publish${family} { type ipv${family}_addr . inet_proto . inet_service : ipv${family}_addr . inet_service; ${mapElements(state, `publish${family}`)} }
  map publish${family}_any { type inet_proto . inet_service : ipv${family}_addr . inet_service; ${mapElements(state, `publish${family}_any`)} }`,
  );
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
    ${policy === 'host' ? `iifname ${quote(detourIn)} ` : ''}${published} fib daddr type local jump translate
  }
  chain output {
    type nat hook output priority -99;
    ${published} fib daddr type local jump translate
  }
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
        : [`oifname @bridges ${ipWord(family)} saddr ${source} ct status dnat masquerade`];
    }),
    ...networks.flatMap(({bridge, subnets, masquerade}) =>
      subnets.flatMap((subnet) => {
        const source = `${ipWord(familyOfCidr(subnet))} saddr ${subnet}`;
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

// A gateway's address is the host's own and would answer anybody who routes to it.
function nameServiceForContainersOnly(networks: readonly FirewallNetwork[]): string {
  const named = networks.filter(({names}) => names);
  const rule = (family: AddressFamily) => {
    const gateways = named.flatMap((network) => gatewayOf(network, family) ?? []);
    return gateways.length === 0
      ? ''
      : `    iifname != @bridges iifname != { "lo", ${quote(detourIn)} } ${ipWord(family)} daddr { ${gateways.join(', ')} } meta l4proto { 6, 17 } th dport 53 drop\n`;
  };
  return rule(4) + rule(6);
}

function mapElements({ports}: FirewallState, map: string): string {
  return elements(
    ports
      .map(elementOf)
      .filter((element) => element.map === map)
      .map(({key, value}) => `${key} : ${value}`),
  );
}
