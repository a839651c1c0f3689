// What containers have of networks, from the records, as plain values: for `inspect`, `ps` and `port`. What the fields mean
// is said where they are asked for, at NetworkDriver (src/containers/container-context.ts), which this has to fit.
import {prefixOf} from '../addresses/cidr.ts';
import type {IpAddress} from '../addresses/ip-address.ts';
import type {EndpointRecord} from '../state/endpoint-records.ts';
import type {NetworkRecord} from '../state/network-records.ts';
import type {PublishedPortRecord} from '../state/published-port-records.ts';
import {subnetOf} from './links/endpoint-links.ts';
import {namespaceExists, namespacePath} from './links/network-namespace.ts';
import {dnsNames} from './names/container-names.ts';
import type {NetworkContext} from './network-context.ts';
import {hasNames} from './network-options.ts';

type PublishedPortFacts = Omit<PublishedPortRecord, 'containerId'>;

type Records = Pick<NetworkContext, 'containers' | 'networks' | 'endpoints' | 'ports'>;

/** What one container has now, and what it is to have at its next start. Endpoints of removed networks are left out. */
export function networkFacts(context: Records, containerId: string) {
  return {
    ...(namespaceExists(containerId) && {namespacePath: namespacePath(containerId)}),
    endpoints: context.endpoints.ofContainer(containerId).flatMap((endpoint) => {
      const network = context.networks.get(endpoint.networkId);
      return network ? [endpointFacts(context, endpoint, network)] : [];
    }),
    ports: context.ports.ofContainer(containerId).map(portFacts),
  };
}

/** In brief, of every container that is attached to a network or holds a port of the host; by container id. */
export function networkOverview({networks, endpoints, ports}: Records) {
  const names = new Map(networks.list().map(({id, name}) => [id, name]));
  const overview = new Map<string, {networks: string[]; ports: PublishedPortFacts[]}>();
  const of = (containerId: string) => {
    const known = overview.get(containerId) ?? {networks: [], ports: []};
    overview.set(containerId, known);
    return known;
  };
  for (const {containerId, networkId} of endpoints.list()) {
    const name = names.get(networkId);
    if (name !== undefined) of(containerId).networks.push(name);
  }
  for (const port of ports.list()) of(port.containerId).ports.push(portFacts(port));
  return overview;
}

function endpointFacts({containers}: Records, endpoint: EndpointRecord, network: NetworkRecord) {
  const {wanted, aliases, linkLocal, driverOptions, gatewayPriority, active} = endpoint;
  const container = containers.get(endpoint.containerId);
  const ipv4 = active ? interfaceAddress(network, endpoint.ipv4) : undefined;
  const ipv6 = active ? interfaceAddress(network, endpoint.ipv6) : undefined;
  return {
    endpointId: endpoint.id,
    networkId: network.id,
    networkName: network.name,
    ...(ipv4 && {ipv4}),
    ...(ipv6 && {ipv6}),
    ...(active && endpoint.mac && {mac: endpoint.mac}),
    wanted,
    aliases,
    dnsNames: container && hasNames(network) ? dnsNames(container, endpoint) : [],
    linkLocal,
    driverOptions,
    gatewayPriority,
  };
}

function interfaceAddress(network: NetworkRecord, address: IpAddress | undefined) {
  const subnet = subnetOf(network, address);
  if (address === undefined || subnet === undefined) return undefined;
  const {gateway} = subnet;
  return {address, prefix: prefixOf(subnet.subnet), ...(gateway !== undefined && {gateway})};
}

function portFacts({protocol, hostIp, hostPort, containerPort}: PublishedPortRecord): PublishedPortFacts {
  return {protocol, hostIp, hostPort, containerPort};
}
