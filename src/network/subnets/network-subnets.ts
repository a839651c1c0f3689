// The subnets of a network that is being made: what was asked for is checked, what was left open is chosen.
import {
  type Cidr,
  contains,
  covers,
  familyOfCidr,
  isEdge,
  nthAddress,
  overlaps,
  parseCidr,
  sizeOf,
} from '../../addresses/cidr.ts';
import {type IpAddress, isLoopback, parseIpAddress} from '../../addresses/ip-address.ts';
import {EngineError} from '../../errors.ts';
import type {Subnet} from '../../state/network-records.ts';
import {interfaceNames} from '../links/bridge-links.ts';
import {listLinks} from '../links/ip.ts';
import type {NetworkContext} from '../network-context.ts';
import {takenSubnets} from './host-networks.ts';
import {ownPrefix} from './own-prefix.ts';
import {chooseSubnet, chooseSubnet6, firstGateway} from './subnet-choice.ts';

type SubnetContext = Pick<NetworkContext, 'config' | 'state' | 'networks'>;

/** An IPv4 subnet from the pools that meets no route of the host. Throws EngineError 'address-unavailable'. */
export async function chosenSubnet4(context: SubnetContext): Promise<Cidr> {
  return chooseSubnet({pools: context.config.addressPools, taken: await takenSubnets(context)});
}

/**
 * An IPv6 subnet from a pool of the configuration, or a /64 of this host's own prefix. Throws EngineError
 * 'address-unavailable'.
 */
export async function chosenSubnet6(context: SubnetContext): Promise<Cidr> {
  const choice = {pools: context.config.addressPools, taken: await takenSubnets(context)};
  return chooseSubnet6(choice, ownPrefix(context));
}

/** With the first address as the gateway, unless it has one. */
export function withGateway(subnet: Subnet): Subnet {
  return subnet.gateway === undefined ? {...subnet, gateway: firstFree(subnet)} : subnet;
}

function firstFree({subnet, auxAddresses}: Subnet): IpAddress {
  const taken = Object.values(auxAddresses);
  let address = firstGateway(subnet);
  for (let n = 2n; taken.includes(address) && n < sizeOf(subnet) - 1n; n++) address = nthAddress(subnet, n);
  return address;
}

/**
 * What is wrong with subnets in themselves. At most one of each family. Docker's rules, and its words where they say
 * enough. Throws EngineError 'invalid-option'.
 */
export function checkSubnets(subnets: readonly Subnet[]): void {
  for (const family of [4, 6]) {
    const ofFamily = subnets.filter(({subnet}) => familyOfCidr(subnet) === family);
    if (ofFamily.length > 1) {
      const list = ofFamily.map(({subnet}) => subnet).join(' and ');
      throw refused(`a network cannot have several IPv${family} subnets: ${list}`);
    }
  }
  for (const subnet of subnets) checkSubnet(subnet);
}

function checkSubnet(asked: Subnet): void {
  const {subnet, gateway, ipRange, auxAddresses} = asked;
  checkKind(subnet);
  if (ipRange !== undefined && !covers(subnet, ipRange))
    throw refused(`no matching subnet for range ${ipRange}`);
  if (gateway !== undefined) {
    if (!contains(subnet, gateway)) throw refused(`no matching subnet for gateway ${gateway}`);
    if (isEdge(subnet, gateway)) throw inUse('gateway', gateway);
  }
  const seen = new Set<string>(gateway === undefined ? [] : [gateway]);
  for (const [name, address] of Object.entries(auxAddresses)) {
    if (!contains(subnet, address)) throw refused(`no matching subnet for aux-address ${address}`);
    if (seen.has(address) || isEdge(subnet, address))
      throw inUse('secondary ip address', `${name}:${address}`);
    seen.add(address);
  }
}

const unusable: [Cidr | undefined, string][] = [
  [parseCidr('127.0.0.0/8'), 'loopback addresses'],
  [parseCidr('224.0.0.0/3'), 'multicast and reserved addresses'],
  [parseCidr('0.0.0.0/8'), 'addresses of no host'],
  [parseCidr('ff00::/8'), 'multicast addresses'],
  [parseCidr('fe80::/10'), 'addresses that every link has its own of'],
];

function checkKind(subnet: Cidr): void {
  for (const [range, what] of unusable) {
    if (range && overlaps(range, subnet)) throw refused(`invalid subnet ${subnet}: it holds ${what}`);
  }
  if (familyOfCidr(subnet) === 6 && isLoopback(nthAddress(subnet, 1n))) {
    throw refused(`invalid subnet ${subnet}: it holds the loopback address`);
  }
  if (sizeOf(subnet) < 4n) {
    throw refused(`invalid subnet ${subnet}: it has no room for a gateway and a container`);
  }
}

/** Throws EngineError 'address-unavailable' when a subnet meets that of another network. */
export function checkOtherNetworks(
  {networks}: Pick<NetworkContext, 'networks'>,
  subnets: readonly Subnet[],
): void {
  for (const other of networks.list()) {
    for (const {subnet} of subnets) {
      const met = other.subnets.find((its) => overlaps(its.subnet, subnet));
      if (!met) continue;
      throw new EngineError(
        'address-unavailable',
        `pool overlaps with other one on this address space: ${subnet} meets ${met.subnet} of network ${other.name}`,
        {hint: "choose another subnet, or leave --subnet out; 'crundle network inspect' shows those in use"},
      );
    }
  }
}

/**
 * Throws EngineError 'address-unavailable' when an address of the host lies in a subnet that a bridge is to have: what the
 * host is connected to now would be lost to it.
 */
export async function checkHostAddresses(
  {networks}: Pick<NetworkContext, 'networks'>,
  subnets: readonly Subnet[],
): Promise<void> {
  const own = new Set(networks.list().map(({bridge}) => bridge));
  const strangers = [...interfaceNames()].some((name) => name !== 'lo' && !own.has(name));
  if (!strangers) return;
  for (const link of await listLinks()) {
    if (own.has(link.name)) continue;
    for (const {subnet} of subnets) {
      const address = link.addresses.find((text) => containsHost(subnet, text));
      if (address === undefined) continue;
      throw new EngineError(
        'address-unavailable',
        `subnet ${subnet} is in use on this host: interface ${link.name} has ${address}`,
        {hint: 'choose another subnet, or leave --subnet out'},
      );
    }
  }
}

function containsHost(subnet: Cidr, text: string): boolean {
  const address = parseIpAddress(text.replace(/\/\d+$/, ''));
  return address !== undefined && contains(subnet, address);
}

function inUse(what: string, which: string): EngineError {
  return refused(`failed to allocate ${what} (${which}): Address already in use`);
}

function refused(message: string): EngineError {
  return new EngineError('invalid-option', message);
}
