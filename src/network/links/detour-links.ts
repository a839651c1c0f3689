// Two ends of one wire, both on the host: what came through the host's own input rules is sent out of one and comes in by
// the other, where it is translated (ruleset.ts; docs/decisions/0084). Both ends have the same Ethernet address and
// no ARP, so that any frame sent is taken.
import {readOptionalFile} from '../../system/optional-file.ts';
import {readSysctl, writeSysctl} from '../../system/sysctl.ts';
import {detourGateway4, detourIn, detourOut} from '../names/detour-names.ts';
import {interfaceNames} from './bridge-links.ts';
import {ipBatch, listLinks} from './ip.ts';

// rp_filter refuses whatever comes by an interface that has no address.
const ownAddress = '169.254.77.2/32';
const mac = '02:63:72:75:6e:64';
// Nothing on this wire needs to be cut: the sender's packets came through the uplink whole.
const mtu = 65535;

/**
 * True when both ends are there and the way through them is open, as far as /proc tells: it costs no process. That the
 * far end is down is not seen.
 */
export function detourStands(): boolean {
  const names = interfaceNames();
  if (!names.has(detourOut) || !names.has(detourIn)) return false;
  if (readSysctl(`net/ipv4/conf/${detourIn}/rp_filter`) !== '2') return false;
  return (
    hasRoute() && (readOptionalFile('/proc/self/net/fib_trie') ?? '').includes(ownAddress.split('/')[0] ?? '')
  );
}

// In /proc the lowest byte comes first: 014DFEA9 is 169.254.77.1.
function hasRoute(): boolean {
  const bytes = detourGateway4.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  const routes = readOptionalFile('/proc/self/net/route') ?? '';
  return routes.includes(`${detourOut}\t${bytes.toReversed().join('').toUpperCase()}\t`);
}

/** Makes the wire, or mends what became of it. Idempotent. The caller holds the networks' lock. */
export async function ensureDetour(): Promise<void> {
  await ipBatch(await missingLines());
  // Loose: the sender is behind the uplink. The kernel takes the higher of this and conf/all.
  writeSysctl(`net/ipv4/conf/${detourIn}/rp_filter`, '2');
  for (const name of [detourIn, detourOut]) {
    // Some people switch IPv6 off for all interfaces that are yet to come.
    writeSysctl(`net/ipv6/conf/${name}/disable_ipv6`, '0');
    writeSysctl(`net/ipv6/conf/${name}/accept_ra`, '0');
  }
}

async function missingLines(): Promise<string[]> {
  const [inward] = await listLinks(detourIn);
  const [outward] = await listLinks(detourOut);
  const add = `link add ${detourOut} address ${mac} mtu ${mtu} type veth peer name ${detourIn} address ${mac} mtu ${mtu}`;
  const hasAddress = inward?.addresses.includes(ownAddress);
  const isOpen = outward?.isUp && hasRoute();
  return [
    ...(inward && outward ? [] : [add]),
    ...(outward?.isUp
      ? []
      : [`link set ${detourOut} arp off alias "crundle: to ${detourIn}, past the host's input rules" up`]),
    ...(inward?.isUp
      ? []
      : [`link set ${detourIn} arp off alias "crundle: published ports are translated here" up`]),
    ...(hasAddress ? [] : [`addr add ${ownAddress} dev ${detourIn}`]),
    ...(isOpen ? [] : [`route replace ${detourGateway4}/32 dev ${detourOut}`]),
  ];
}

/** Idempotent. */
export async function removeDetour(): Promise<void> {
  if (interfaceNames().has(detourOut)) await ipBatch([`link delete ${detourOut}`]);
}
