// Bridges of networks on the host: made, mended and removed. A bridge is known as crundle's by its alias.
import {readFileSync} from 'node:fs';
import {EngineError} from '../errors.ts';
import {writeSysctl} from '../system/sysctl.ts';
import {ipBatch, type Link, listLinks} from './ip.ts';

export interface Bridge {
  /** At most 15 bytes. */
  name: string;
  /** The network's name, for the alias. */
  network: string;
  /** The host's own addresses on it, as `172.17.0.1/16`. */
  addresses: readonly string[];
  mtu: number;
  /** False: the bridge has no IPv6 at all. */
  ipv6: boolean;
}

/** Cheap: the list of interfaces in /proc is of the caller's namespace, which /sys need not be. */
export function interfaceNames(): Set<string> {
  const lines = readFileSync('/proc/self/net/dev', 'utf8').split('\n').slice(2);
  return new Set(lines.map((line) => line.slice(0, line.indexOf(':')).trim()).filter(Boolean));
}

/**
 * Makes the bridge, or mends what is not as it should be. Idempotent. The caller holds the networks' lock. Throws
 * EngineError 'network-name-in-use' for an interface of that name that is not crundle's.
 */
export async function ensureBridge(bridge: Bridge): Promise<void> {
  const [found] = await listLinks(bridge.name);
  if (found && !isOurs(found)) {
    throw new EngineError('network-name-in-use', `interface ${bridge.name} exists and is not crundle's`, {
      hint: `'ip -d link show ${bridge.name}' tells what it is; remove it, or give the network another bridge name`,
      exit: 125,
    });
  }
  await ipBatch(found ? mendLines(bridge, found) : makeLines(bridge));
  setParameters(bridge);
}

function isOurs({kind, alias}: Link): boolean {
  return kind === 'bridge' && alias?.startsWith('crundle network ') === true;
}

function makeLines({name, network, addresses, mtu, ipv6}: Bridge): string[] {
  return [
    `link add ${name} mtu ${mtu} type bridge`,
    `link set ${name} alias "crundle network ${network}"${ipv6 ? '' : ' addrgenmode none'}`,
    ...addresses.map((address) => addressLine('add', name, address)),
    `link set ${name} up`,
  ];
}

function mendLines({name, addresses, mtu}: Bridge, found: Link): string[] {
  const isLinkLocal = (address: string) => address.startsWith('fe80:');
  const missing = addresses.filter((address) => !found.addresses.includes(address));
  const foreign = found.addresses.filter((address) => !addresses.includes(address) && !isLinkLocal(address));
  return [
    ...foreign.map((address) => addressLine('del', name, address)),
    ...missing.map((address) => addressLine('add', name, address)),
    ...(found.mtu === mtu ? [] : [`link set ${name} mtu ${mtu}`]),
    ...(found.isUp ? [] : [`link set ${name} up`]),
  ];
}

// Nobody else chooses addresses here, so that IPv6 need not wait to see whether one is a duplicate.
function addressLine(verb: 'add' | 'del', name: string, address: string): string {
  return `addr ${verb} ${address} dev ${name}${verb === 'add' && address.includes(':') ? ' nodad' : ''}`;
}

// What comes from 127.0.0.1 may be sent on to a container (ruleset.ts keeps containers from the way back), and no
// container may tell the host where its routers are.
function setParameters({name}: Bridge): void {
  writeSysctl(`net/ipv4/conf/${name}/route_localnet`, '1');
  writeSysctl(`net/ipv6/conf/${name}/accept_ra`, '0');
}

/** Removes the bridge; its ports stay, without one. Idempotent. An interface that is not crundle's is left. */
export async function removeBridge(name: string): Promise<void> {
  if (!interfaceNames().has(name)) return;
  const [found] = await listLinks(name);
  if (found && isOurs(found)) await ipBatch([`link delete ${name}`]);
}
