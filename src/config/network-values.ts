// The values of the keys that concern networks.
import {type Cidr, isEdge, parseHostCidr, prefixOf} from '../addresses/cidr.ts';
import {isBridgeName} from '../addresses/interface-name.ts';
import type {IpAddress} from '../addresses/ip-address.ts';
import {familyOf, parseIpAddress, widthOf} from '../addresses/ip-address.ts';
import {fail, listOf, object, type ValueReader, wholeNumber} from './config-values.ts';

/** The bridge's own address and its network. */
export interface BridgeAddress {
  address: IpAddress;
  network: Cidr;
}

/** Networks are cut from `base`, each with a prefix of `size` bits. */
export interface AddressPool {
  base: Cidr;
  size: number;
}

/** IPv4 only, as Docker's `bip`, and no address that stands for the network or for all of its hosts. */
export const hostCidr: ValueReader<BridgeAddress> = (node, path) => {
  const value = node.kind === 'string' ? parseHostCidr(node.value) : undefined;
  return value && familyOf(value.address) === 4 && !isEdge(value.network, value.address)
    ? value
    : fail(node, path, 'an IPv4 address of a host with its prefix such as "172.26.0.1/16"');
};

export function cidr(family: 4 | 6): ValueReader<Cidr> {
  const example = family === 4 ? '10.10.0.0/24' : 'fd00:1234::/64';
  return (node, path) => {
    const value = node.kind === 'string' ? parseHostCidr(node.value) : undefined;
    return value && familyOf(value.address) === family
      ? value.network
      : fail(node, path, `an IPv${family} network such as "${example}"`);
  };
}

export function hostAddress(family?: 4 | 6): ValueReader<IpAddress> {
  return (node, path) => {
    const value = node.kind === 'string' ? parseIpAddress(node.value) : undefined;
    return value !== undefined && (family === undefined || familyOf(value) === family)
      ? value
      : fail(node, path, `an IP${family === undefined ? '' : `v${family}`} address`);
  };
}

const addressPool: ValueReader<AddressPool> = (node, path) => {
  const members = new Map(object(node, path).members.map(({name, value}) => [name, value]));
  const [base, size] = [members.get('base'), members.get('size')];
  if (!base || !size || members.size !== 2) fail(node, path, 'an object with "base" and "size"');
  const pool = base.kind === 'string' ? parseHostCidr(base.value) : undefined;
  if (!pool) fail(base, `${path}.base`, 'a network such as "10.20.0.0/16"');
  const bits = wholeNumber(prefixOf(pool.network))(size, `${path}.size`);
  if (bits > widthOf(familyOf(pool.address)))
    fail(size, `${path}.size`, 'a prefix length that the family has');
  return {base: pool.network, size: bits};
};

export const addressPools: ValueReader<AddressPool[]> = listOf(addressPool);

/** A Linux interface name that crundle may make, or `none`. */
export const bridgeName: ValueReader<string> = (node, path) =>
  node.kind === 'string' && isBridgeName(node.value)
    ? node.value
    : fail(node, path, 'an interface name of at most 15 letters and digits, or "none"');

export const publishPolicy: ValueReader<'host' | 'open'> = (node, path) =>
  node.kind === 'string' && (node.value === 'host' || node.value === 'open')
    ? node.value
    : fail(node, path, '"host" or "open"');
