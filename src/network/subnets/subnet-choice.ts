// Which subnet a new network gets when it asks for none: the first of the pools that meets no route of the host and no
// other network. Pure.
import {
  type Cidr,
  cidrOf,
  covers,
  familyOfCidr,
  nthAddress,
  overlaps,
  parseCidr,
  prefixOf,
  sizeOf,
} from '../../addresses/cidr.ts';
import {bitsOf, type IpAddress, ipAddressOf, widthOf} from '../../addresses/ip-address.ts';
import type {AddressPool} from '../../config/network-values.ts';
import {EngineError} from '../../errors.ts';

/** Docker's: 172.17 to 172.31 as /16, then sixteen /20 of 192.168. */
const dockerPools: readonly AddressPool[] = [
  ...Array.from({length: 15}, (_, i) => pool(`172.${17 + i}.0.0/16`, 16)),
  pool('192.168.0.0/16', 20),
];

function pool(base: string, size: number): AddressPool {
  const network = parseCidr(base);
  if (network === undefined) throw new Error(`${base} is no network`);
  return {base: network, size};
}

export interface SubnetChoice {
  /** Empty: Docker's. */
  pools: readonly AddressPool[];
  /** The host's routes and the subnets of other networks. */
  taken: readonly Cidr[];
}

/** An IPv4 subnet that is free. Throws EngineError 'address-unavailable'. */
export function chooseSubnet({pools, taken}: SubnetChoice): Cidr {
  const candidates = (pools.length > 0 ? pools : dockerPools).filter(({base}) => familyOfCidr(base) === 4);
  for (const {base, size} of candidates) {
    const free = freeSubnet(base, size, taken);
    if (free !== undefined) return free;
  }
  throw new EngineError(
    'address-unavailable',
    `no subnet is left for a network: every one of the address pools meets a route of this host or another network: ${obstacles(candidates, taken)}`,
    {
      hint: `name one with --subnet, add to "default-address-pools" in the configuration, or remove networks: 'crundle network prune'`,
      exit: 125,
    },
  );
}

// Whoever is in the way may be larger than the subnet: the search goes on behind it.
function freeSubnet(base: Cidr, size: number, taken: readonly Cidr[]): Cidr | undefined {
  const family = familyOfCidr(base);
  const step = 1n << BigInt(widthOf(family) - size);
  const end = bitsOf(nthAddress(base, -1n));
  let bits = bitsOf(nthAddress(base, 0n));
  while (bits + step - 1n <= end) {
    const candidate = cidrOf(ipAddressOf(family, bits), size);
    const obstacle = taken.find((other) => overlaps(other, candidate));
    if (obstacle === undefined) return candidate;
    const behind = bitsOf(nthAddress(obstacle, -1n)) + 1n;
    bits = covers(candidate, obstacle) ? bits + step : behind;
  }
  return undefined;
}

const shownObstacles = 8;

function obstacles(pools: readonly AddressPool[], taken: readonly Cidr[]): string {
  const inTheWay = [...new Set(taken)].filter((one) => pools.some(({base}) => overlaps(base, one)));
  const more = inTheWay.length - shownObstacles;
  return `${inTheWay.slice(0, shownObstacles).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/**
 * An IPv6 subnet of a pool of the configuration, or a /64 of this host's own /48 (RFC 4193) when none is free. Throws
 * EngineError 'address-unavailable'.
 */
export function chooseSubnet6({pools, taken}: SubnetChoice, own: Cidr): Cidr {
  const candidates = pools.filter(({base}) => familyOfCidr(base) === 6);
  for (const {base, size} of [...candidates, {base: own, size: 64}]) {
    const free = freeSubnet(base, size, taken);
    if (free !== undefined) return free;
  }
  throw new EngineError('address-unavailable', 'no IPv6 subnet is left for a network', {
    hint: 'name one with --subnet',
    exit: 125,
  });
}

/** The gateway of a subnet for which none is named: its first address. */
export function firstGateway(subnet: Cidr): IpAddress {
  // A pair or a single address has no base to leave out (RFC 3021).
  return nthAddress(subnet, sizeOf(subnet) <= 2n || prefixOf(subnet) === 0 ? 0n : 1n);
}
