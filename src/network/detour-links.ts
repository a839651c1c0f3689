// Two ends of one wire, both on the host: what came through the host's own input rules is sent out of one and comes in by
// the other, where it is translated (ruleset.ts; docs/decisions/0084). Both ends have the same Ethernet address and
// no ARP, so that any frame sent is taken.
import {writeSysctl} from '../system/sysctl.ts';
import {interfaceNames} from './bridge-links.ts';
import {detourGateway4, detourIn, detourOut} from './detour-names.ts';
import {ipBatch} from './ip.ts';

// rp_filter refuses whatever comes by an interface that has no address.
const ownAddress = '169.254.77.2/32';
const mac = '02:63:72:75:6e:64';
// Nothing on this wire needs to be cut: the sender's packets came through the uplink whole.
const mtu = 65535;

/** Idempotent. The caller holds the networks' lock. */
export async function ensureDetour(): Promise<void> {
  const names = interfaceNames();
  if (!names.has(detourOut) || !names.has(detourIn)) {
    await ipBatch([
      `link add ${detourOut} address ${mac} mtu ${mtu} type veth peer name ${detourIn} address ${mac} mtu ${mtu}`,
      `link set ${detourOut} arp off alias "crundle: to ${detourIn}, past the host's input rules" up`,
      `link set ${detourIn} arp off alias "crundle: published ports are translated here" up`,
      `addr add ${ownAddress} dev ${detourIn}`,
      `route add ${detourGateway4}/32 dev ${detourOut}`,
    ]);
  }
  // Loose: the sender is behind the uplink. The kernel takes the higher of this and conf/all.
  writeSysctl(`net/ipv4/conf/${detourIn}/rp_filter`, '2');
  for (const name of [detourIn, detourOut]) writeSysctl(`net/ipv6/conf/${name}/accept_ra`, '0');
}

/** Idempotent. */
export async function removeDetour(): Promise<void> {
  if (interfaceNames().has(detourOut)) await ipBatch([`link delete ${detourOut}`]);
}
