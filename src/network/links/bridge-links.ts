// Bridges of networks on the host: made, mended and removed. A bridge is known as crundle's by its alias.
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {baseOf, parseHostCidr, prefixOf} from '../../addresses/cidr.ts';
import {bitsOf, familyOf} from '../../addresses/ip-address.ts';
import {EngineError} from '../../errors.ts';
import {readOptionalFile} from '../../system/optional-file.ts';
import {kernelHasIpv6, writeSysctl} from '../../system/sysctl.ts';
import {aliasWord, interfaceWord, ipBatch, type Link, listLinks} from './ip.ts';

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
 * True when the bridge is there, up, and has its addresses, as far as files in /proc tell: it costs no process. An
 * interface that is down has no route to its own network.
 */
export function bridgeStands({name, addresses}: Pick<Bridge, 'name' | 'addresses'>): boolean {
  if (!interfaceNames().has(name)) return false;
  if (addresses.length === 0) return true;
  const routes = readOptionalFile('/proc/self/net/route') ?? '';
  const addresses6 = readOptionalFile('/proc/self/net/if_inet6') ?? '';
  return addresses.every((address) => {
    const {pattern, family} = procPattern(name, address);
    return pattern.test(family === 4 ? routes : addresses6);
  });
}

// Lines of /proc/net/route (`crundle0  000011AC  00000000  0001 0 0 0  0000FFFF`, both numbers with their lowest byte
// first) and of /proc/net/if_inet6 (`fd00…0001 05 40 00 80 crundle0`).
function procPattern(name: string, text: string): {pattern: RegExp; family: 4 | 6} {
  const parsed = parseHostCidr(text);
  if (!parsed) throw new Error(`no address of a bridge: ${text}`);
  const {address, network} = parsed;
  const escaped = name.replace(/[^\w]/g, '\\$&');
  if (familyOf(address) === 6) {
    const hex = bitsOf(address).toString(16).padStart(32, '0');
    return {pattern: new RegExp(`^${hex} .* ${escaped}$`, 'm'), family: 6};
  }
  const mask = (0xffffffffn << BigInt(32 - prefixOf(network))) & 0xffffffffn;
  const words = `${littleEndian(bitsOf(baseOf(network)))}\\t0{8}(\\t\\w+){4}\\t${littleEndian(mask)}`;
  return {pattern: new RegExp(`^${escaped}\\t${words}\\t`, 'm'), family: 4};
}

function littleEndian(bits: bigint): string {
  const bytes = bits.toString(16).padStart(8, '0').match(/../g) ?? [];
  return bytes.toReversed().join('').toUpperCase();
}

/**
 * Makes the bridge, or mends what is not as it should be. Idempotent. The caller holds the networks' lock. Throws
 * EngineError 'network-name-in-use' for an interface of that name that is not crundle's, 'host-unsupported' for IPv6
 * on a kernel without it.
 */
export async function ensureBridge(bridge: Bridge): Promise<void> {
  const {name, network, ipv6} = bridge;
  if (ipv6 && !kernelHasIpv6()) {
    throw new EngineError('host-unsupported', `network ${network} has IPv6, which is off in this kernel`, {
      hint: "take 'ipv6.disable=1' out of the kernel's command line, or make the network without --ipv6",
      exit: 125,
    });
  }
  let [found] = await listLinks(interfaceWord(name));
  if (found && !isOurs(found)) {
    throw new EngineError('network-name-in-use', `interface ${name} exists and is not crundle's`, {
      hint: `'ip -d link show ${name}' tells what it is; remove it, or give the network another bridge name`,
      exit: 125,
    });
  }
  if (!found) {
    await ipBatch(makeLines(bridge));
    found = {
      name,
      mtu: bridge.mtu,
      mac: bridgeMac(name),
      alias: aliasOf(network),
      master: undefined,
      isUp: false,
      kind: 'bridge',
      addresses: [],
    };
  }
  setParameters(bridge);
  await ipBatch(mendLines(bridge, found));
}

// By its Ethernet address too: a command may be killed between making the bridge and naming it.
function isOurs({name, kind, alias, mac}: Link): boolean {
  if (kind !== 'bridge') return false;
  return alias === undefined ? mac === bridgeMac(name) : alias.startsWith('crundle network ');
}

const aliasOf = (network: string) => `crundle network ${network}`;

/**
 * The same for the same name on this machine: one that is left to the kernel changes as ports come and go, and what
 * containers know of their gateway would be wrong after a rebuild. Also, udev leaves an address alone that was given.
 */
export function bridgeMac(name: string): string {
  const seed = `${readOptionalFile('/etc/machine-id')?.trim() ?? ''} ${name}`;
  const bytes = createHash('sha256').update(seed).digest('hex').slice(0, 8).match(/../g) ?? [];
  return ['02', '42', ...bytes].join(':');
}

function makeLines({name, network, mtu, ipv6}: Bridge): string[] {
  return [
    `link add ${name} address ${bridgeMac(name)} type bridge`,
    // Not in the line above: an MTU from the beginning gives way to that of the ports.
    `link set ${name} mtu ${mtu}`,
    `link set ${name} alias ${aliasWord(aliasOf(network))}${ipv6 || !kernelHasIpv6() ? '' : ' addrgenmode none'}`,
  ];
}

function mendLines({name, network, addresses, mtu}: Bridge, found: Link): string[] {
  const isLinkLocal = (address: string) => address.startsWith('fe80:');
  const missing = addresses.filter((address) => !found.addresses.includes(address));
  const foreign = found.addresses.filter((address) => !addresses.includes(address) && !isLinkLocal(address));
  return [
    ...(found.alias === undefined ? [`link set ${name} alias ${aliasWord(aliasOf(network))}`] : []),
    ...(found.mtu === mtu ? [] : [`link set ${name} mtu ${mtu}`]),
    ...foreign.map((address) => addressLine('del', name, address)),
    ...missing.map((address) => addressLine('add', name, address)),
    ...(found.isUp ? [] : [`link set ${name} up`]),
  ];
}

function addressLine(verb: 'add' | 'del', name: string, address: string): string {
  return `addr ${verb} ${address} dev ${name}${verb === 'add' && address.includes(':') ? ' nodad' : ''}`;
}

// No container may tell the host where its routers are. Nobody else chooses addresses on the bridge, so that the host need
// not wait a second to see whether its own are duplicates, and ask nobody for his Ethernet address meanwhile.
function setParameters({name, ipv6}: Bridge): void {
  writeSysctl(`net/ipv6/conf/${name}/accept_ra`, '0');
  writeSysctl(`net/ipv6/conf/${name}/accept_dad`, '0');
  // Some people switch IPv6 off for all interfaces that are yet to come.
  if (ipv6) writeSysctl(`net/ipv6/conf/${name}/disable_ipv6`, '0');
}

/** Removes the bridge; its ports stay, without one. Idempotent. An interface that is not crundle's is left. */
export async function removeBridge(name: string): Promise<void> {
  if (!interfaceNames().has(name)) return;
  const [found] = await listLinks(name);
  if (found && isOurs(found)) await ipBatch([`link delete ${name}`]);
}
