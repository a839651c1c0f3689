// Which container holds which address: chosen and written in one transaction, so that any number of commands at once
// get different ones. A lease is held from before a container starts until it has ended.
import {type Cidr, contains, familyOfCidr, isEdge, nthAddress, sizeOf} from '../../addresses/cidr.ts';
import {bitsOf, type IpAddress, ipAddressOf} from '../../addresses/ip-address.ts';
import {type MacAddress, macOf, randomMac} from '../../addresses/mac-address.ts';
import {EngineError} from '../../errors.ts';
import type {EndpointRecord} from '../../state/endpoint-records.ts';
import {type NetworkRecord, type Subnet, subnetOfFamily} from '../../state/network-records.ts';
import type {NetworkContext} from '../network-context.ts';

type LeaseContext = Pick<NetworkContext, 'state' | 'networks' | 'endpoints' | 'containers'>;
type Family = 'ipv4' | 'ipv6';

/**
 * Gives every endpoint of a container that has none its addresses: the ones asked for, else the last ones when they
 * are free, else the next free ones. Idempotent. Throws EngineError 'address-unavailable', and then nothing is leased.
 */
export function leaseAddresses(context: LeaseContext, containerId: string): void {
  const missing = context.endpoints.ofContainer(containerId).filter(({active}) => !active);
  if (missing.length === 0) return;
  context.state.transaction(() => {
    for (const endpoint of missing) {
      const network = context.networks.get(endpoint.networkId);
      if (network) lease(context, endpoint, joinable(network));
    }
  });
}

// Checked in the transaction that a removal's first step cannot be in (NetworkRecords.beginRemoval).
function joinable(network: NetworkRecord): NetworkRecord {
  if (network.status !== 'removing') return network;
  throw new EngineError('network-not-found', `network ${network.name} is being removed`, {
    hint: "'crundle network ls' lists the networks there are",
    exit: 125,
  });
}

function lease(context: LeaseContext, endpoint: EndpointRecord, network: NetworkRecord): void {
  const ipv4 = choose(context, endpoint, network, 'ipv4');
  const ipv6 = choose(context, endpoint, network, 'ipv6');
  context.endpoints.activate(endpoint.id, {ipv4, ipv6, mac: chooseMac(endpoint, ipv4)});
}

function chooseMac({wanted, mac, ipv4: last}: EndpointRecord, ipv4: IpAddress | undefined): MacAddress {
  if (wanted.mac) return wanted.mac;
  if (ipv4) return macOf(ipv4);
  return mac && last === undefined ? mac : randomMac();
}

function choose(
  context: LeaseContext,
  endpoint: EndpointRecord,
  network: NetworkRecord,
  family: Family,
): IpAddress | undefined {
  const subnet = subnetOfFamily(network.subnets, family === 'ipv4' ? 4 : 6);
  const wanted = endpoint.wanted[family];
  if (!subnet) {
    if (wanted === undefined) return undefined;
    throw unavailable(wanted, network, `it has no ${family === 'ipv4' ? 'IPv4' : 'IPv6'} subnet`);
  }
  const held = context.endpoints.held(network.id, family);
  if (wanted !== undefined) return checkWanted(context, {wanted, network, subnet, held, family});
  const last = endpoint[family];
  if (last !== undefined && isFree(subnet, held, last)) return last;
  const free = nextFree(subnet, held);
  if (free !== undefined) return free;
  throw new EngineError(
    'address-unavailable',
    `no free address is left on network ${network.name}: ${held.size} containers hold those of ${subnet.ipRange ?? subnet.subnet}`,
    {
      hint: `remove containers that are not needed, or make a network with a larger subnet: 'crundle network create --subnet …'`,
      exit: 125,
    },
  );
}

function checkWanted(
  context: LeaseContext,
  asked: {wanted: IpAddress; network: NetworkRecord; subnet: Subnet; held: Set<IpAddress>; family: Family},
): IpAddress {
  const {wanted, network, subnet, held, family} = asked;
  if (!contains(subnet.subnet, wanted)) throw unavailable(wanted, network, `its subnet is ${subnet.subnet}`);
  if (held.has(wanted)) {
    const holder = context.endpoints
      .ofNetwork(network.id)
      .find((other) => other.active && other[family] === wanted);
    const name = holder && context.containers.get(holder.containerId)?.name;
    throw unavailable(wanted, network, `address already in use${name ? ` by container ${name}` : ''}`);
  }
  if (isReserved(subnet, wanted)) {
    const reason = wanted === subnet.gateway ? "it is the gateway's" : 'it is reserved';
    throw unavailable(wanted, network, reason);
  }
  return wanted;
}

function unavailable(address: IpAddress, {name}: NetworkRecord, reason: string): EngineError {
  return new EngineError('address-unavailable', `cannot give ${address} on network ${name}: ${reason}`, {
    hint: `'crundle network inspect ${name}' shows its subnets and who holds which address`,
    exit: 125,
  });
}

/** True for an address of the subnet that a container may be given and that nobody holds. */
function isFree(subnet: Subnet, held: ReadonlySet<IpAddress>, address: IpAddress): boolean {
  return (
    contains(subnet.ipRange ?? subnet.subnet, address) && !held.has(address) && !isReserved(subnet, address)
  );
}

function isReserved({subnet, gateway, auxAddresses}: Subnet, address: IpAddress): boolean {
  if (address === gateway || Object.values(auxAddresses).includes(address)) return true;
  // Of a subnet that is a pair or a single address (RFC 3021) every one is usable.
  if (sizeOf(subnet) <= 2n) return false;
  return isEdge(subnet, address);
}

/** The lowest free address, as Docker's. Undefined when none is left. */
function nextFree(subnet: Subnet, held: ReadonlySet<IpAddress>): IpAddress | undefined {
  const pool: Cidr = subnet.ipRange ?? subnet.subnet;
  const first = bitsOf(nthAddress(pool, 0n));
  // Reserved ones are few: beyond all that is held and reserved, the next address is free or there is none.
  const reserved = 3n + BigInt(Object.keys(subnet.auxAddresses).length);
  const size = sizeOf(pool);
  const most = BigInt(held.size) + reserved;
  const count = size < most ? size : most;
  for (let n = 0n; n < count; n++) {
    const address = ipAddressOf(familyOfCidr(pool), first + n);
    if (isFree(subnet, held, address)) return address;
  }
  return undefined;
}
