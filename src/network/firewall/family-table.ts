// The text of `ip crundle` and `ip6 crundle`: what those families alone can do. After the host's own input rules a copy of a
// packet to a published port goes out by the detour; packets from the loopback get another source on their way. Pure.
import type {AddressFamily} from '../../addresses/ip-address.ts';
import {detourGateway4, detourGateway6, detourOut} from '../names/detour-names.ts';
import {elementOf} from '../ports/publish-map.ts';
import type {FirewallNetwork, FirewallState} from './ruleset.ts';
import {elements, ipWord, loopbackSource, published, quote} from './ruleset-words.ts';

/** The chain that is there under the policy `host` alone. */
export const judgedChain = 'judged';

export function familyTable(state: FirewallState, family: AddressFamily): string {
  const ip = ipWord(family);
  const local = loopbackRewrites(state.networks, family);
  return `table ${ip} crundle {
  set published { type ipv${family}_addr . inet_proto . inet_service; ${setElements(state, family, 'published')} }
  set published_any { type inet_proto . inet_service; ${setElements(state, family, 'published_any')} }
${state.policy === 'host' ? admission(state, family) : ''}${local}}
`;
}

// After every input chain of the host: what comes here was let in. The kernel forwards no link-local source, so those
// are told at once. A packet that tracking calls invalid must not reach the host's own sockets, which would reset the
// connection. `dup` names the device by its index.
function admission({networks}: FirewallState, family: AddressFamily): string {
  const named = networks.filter(({names}) => names).map(({bridge}) => quote(bridge));
  const ip = ipWord(family);
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
function loopbackRewrites(networks: readonly FirewallNetwork[], family: AddressFamily): string {
  const source = loopbackSource(networks, family);
  if (source === undefined) return '';
  const ip = ipWord(family);
  const [own, all] = family === 4 ? ['127.0.0.1', '127.0.0.0/8'] : ['::1', '::1'];
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

function setElements({ports}: FirewallState, family: AddressFamily, set: string): string {
  const table = `${ipWord(family)} crundle`;
  return elements(
    ports
      .map(elementOf)
      .filter((element) => element.setTable === table && element.set === set)
      .map(({key}) => key),
  );
}
