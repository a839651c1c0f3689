// Network and endpoint records as tests need them: whole ones, plus the field that the test is about.
import {type Cidr, nthAddress, parseCidr} from '../../src/addresses/cidr.ts';
import {type IpAddress, parseIpAddress} from '../../src/addresses/ip-address.ts';
import type {NewEndpoint} from '../../src/state/endpoint-records.ts';
import type {NetworkRecord, Subnet} from '../../src/state/network-records.ts';

export function ip(text: string): IpAddress {
  return parseIpAddress(text) ?? wrong(text);
}

export function cidr(text: string): Cidr {
  return parseCidr(text) ?? wrong(text);
}

/** A subnet whose gateway is its first address. */
export function subnetOf(text: string, change: Partial<Subnet> = {}): Subnet {
  return {subnet: cidr(text), gateway: nthAddress(cidr(text), 1n), auxAddresses: {}, ...change};
}

/** A ready bridge network; its id is the name, padded. */
export function newNetwork(name: string, change: Partial<NetworkRecord> = {}): NetworkRecord {
  return {
    id: Buffer.from(name).toString('hex').padEnd(64, '0'),
    name,
    createdAt: new Date('2026-11-24T10:00:00.000Z'),
    status: 'ready',
    driver: 'bridge',
    bridge: `cr-${name}`,
    parent: undefined,
    subnets: [subnetOf('172.30.0.0/24')],
    internal: false,
    attachable: false,
    options: {},
    labels: {},
    ...change,
  };
}

/** The container's endpoint on the network, its first. */
export function newEndpoint(
  containerId: string,
  networkId: string,
  change: Partial<NewEndpoint> = {},
): NewEndpoint {
  return {
    id: `${containerId.slice(0, 32)}${networkId.slice(0, 32)}`,
    containerId,
    networkId,
    position: 0,
    aliases: [],
    wanted: {},
    linkLocal: [],
    driverOptions: {},
    gatewayPriority: 0,
    ...change,
  };
}

function wrong(text: string): never {
  throw new Error(`${text} is neither an address nor a network`);
}
