// `network create`'s addresses: --subnet, --gateway, --ip-range and --aux-address are lists beside each other, and belong
// together by what lies in what. Docker's rules and words.
import {type Cidr, contains, covers, overlaps, parseCidr} from '../addresses/cidr.ts';
import {type IpAddress, parseIpAddress} from '../addresses/ip-address.ts';
import {UsageError} from './usage-error.ts';

export interface IpamFlags {
  subnets: readonly string[];
  gateways: readonly string[];
  ranges: readonly string[];
  /** `NAME=ADDRESS`. */
  auxAddresses: readonly string[];
}

export interface IpamSubnet {
  subnet: Cidr;
  gateway?: IpAddress;
  ipRange?: Cidr;
  auxAddresses: Record<string, IpAddress>;
}

/** Throws UsageError with exit code 1. Pure. */
export function ipamSubnets({subnets, gateways, ranges, auxAddresses}: IpamFlags): IpamSubnet[] {
  if (subnets.length < ranges.length || subnets.length < gateways.length) {
    throw wrong('every ip-range or gateway must have a corresponding subnet');
  }
  const found = distinctSubnets(subnets.map(cidr));
  for (const text of ranges) setRange(found, cidr(text));
  for (const text of gateways) setGateway(found, text);
  for (const text of auxAddresses) setAuxAddress(found, text);
  return found;
}

function distinctSubnets(subnets: readonly Cidr[]): IpamSubnet[] {
  const found: IpamSubnet[] = [];
  for (const subnet of subnets) {
    if (found.some((other) => overlaps(other.subnet, subnet))) {
      throw wrong('multiple overlapping subnet configuration is not supported');
    }
    found.push({subnet, auxAddresses: {}});
  }
  return found;
}

function setRange(found: readonly IpamSubnet[], range: Cidr): void {
  const owner = found.find(({subnet}) => covers(subnet, range));
  if (!owner) throw wrong(`no matching subnet for range ${range}`);
  if (owner.ipRange !== undefined) {
    throw wrong(
      `cannot configure multiple ranges (${range}, ${owner.ipRange}) on the same subnet (${owner.subnet})`,
    );
  }
  owner.ipRange = range;
}

function setGateway(found: readonly IpamSubnet[], text: string): void {
  const gateway = parseIpAddress(text);
  const owner = gateway && found.find(({subnet}) => contains(subnet, gateway));
  if (!owner) throw wrong(`no matching subnet for gateway ${text}`);
  if (owner.gateway !== undefined) {
    throw wrong(
      `cannot configure multiple gateways (${text}, ${owner.gateway}) for the same subnet (${owner.subnet})`,
    );
  }
  owner.gateway = gateway;
}

function setAuxAddress(found: readonly IpamSubnet[], text: string): void {
  const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const address = parseIpAddress(value);
  const owner = address && found.find(({subnet}) => contains(subnet, address));
  if (!owner) throw wrong(`no matching subnet for aux-address ${value}`);
  owner.auxAddresses[name] = address;
}

function cidr(text: string): Cidr {
  return parseCidr(text) ?? fail(`invalid CIDR address: ${text}`);
}

function fail(message: string): never {
  throw wrong(message);
}

function wrong(message: string): UsageError {
  return new UsageError(message, {exit: 1});
}
