// A network in CIDR notation as a value: its canonical text, host bits zero. Pure.
import {
  type AddressFamily,
  bitsOf,
  familyOf,
  type IpAddress,
  ipAddressOf,
  parseIpAddress,
  widthOf,
} from './ip-address.ts';

/** Canonical text such as `172.17.0.0/16` or `fd00::/64`. Made by this module only. */
export type Cidr = string & {readonly Cidr: never};

/** An address and the network that it lies in, written `172.17.0.1/16`. */
export interface HostCidr {
  address: IpAddress;
  network: Cidr;
}

/** Host bits are cleared. Undefined when it is no network. */
export function parseCidr(text: string): Cidr | undefined {
  return parseHostCidr(text)?.network;
}

export function parseHostCidr(text: string): HostCidr | undefined {
  const [, base = '', prefix = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseIpAddress(base);
  if (address === undefined || Number(prefix) > widthOf(familyOf(address))) return undefined;
  return {address, network: cidrOf(address, Number(prefix))};
}

/** The network of this size that the address lies in. */
export function cidrOf(address: IpAddress, prefix: number): Cidr {
  const family = familyOf(address);
  const hostBits = BigInt(widthOf(family) - prefix);
  return `${ipAddressOf(family, (bitsOf(address) >> hostBits) << hostBits)}/${prefix}` as Cidr;
}

export function prefixOf(cidr: Cidr): number {
  return Number(cidr.slice(cidr.indexOf('/') + 1));
}

export function baseOf(cidr: Cidr): IpAddress {
  return cidr.slice(0, cidr.indexOf('/')) as IpAddress;
}

export function familyOfCidr(cidr: Cidr): AddressFamily {
  return familyOf(baseOf(cidr));
}

/** How many addresses it holds. */
export function sizeOf(cidr: Cidr): bigint {
  return 1n << BigInt(widthOf(familyOfCidr(cidr)) - prefixOf(cidr));
}

/** The address `n` after the base; negative counts back from the end, so that -1 is the last (IPv4: broadcast). */
export function nthAddress(cidr: Cidr, n: bigint): IpAddress {
  const offset = n < 0n ? sizeOf(cidr) + n : n;
  return ipAddressOf(familyOfCidr(cidr), bitsOf(baseOf(cidr)) + offset);
}

export function contains(cidr: Cidr, address: IpAddress): boolean {
  return familyOf(address) === familyOfCidr(cidr) && cidrOf(address, prefixOf(cidr)) === cidr;
}

/** True when `inner` lies in `outer`, or is the same. */
export function covers(outer: Cidr, inner: Cidr): boolean {
  return prefixOf(inner) >= prefixOf(outer) && contains(outer, baseOf(inner));
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return covers(a, b) || covers(b, a);
}

/** The network's own address and, in IPv4, its broadcast address: no host has them, but in a pair or a single address. */
export function isEdge(cidr: Cidr, address: IpAddress): boolean {
  return address === nthAddress(cidr, 0n) || (familyOfCidr(cidr) === 4 && address === nthAddress(cidr, -1n));
}

/** `172.17.0.5/16`: the address as `ip addr add` takes it. */
export function addressWithPrefix(address: IpAddress, cidr: Cidr): string {
  return `${address}/${prefixOf(cidr)}`;
}
