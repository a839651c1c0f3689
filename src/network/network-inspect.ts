// What `network ls` and `network inspect` tell of networks; the latter in the field names and types of Docker's API.
// https://docs.docker.com/reference/api/engine/version/v1.48/#tag/Network/operation/NetworkInspect
import {addressWithPrefix} from '../addresses/cidr.ts';
import type {IpAddress} from '../addresses/ip-address.ts';
import {isEngineError} from '../errors.ts';
import type {EndpointRecord} from '../state/endpoint-records.ts';
import {type NetworkRecord, type Subnet, subnetOfFamily} from '../state/network-records.ts';
import {ensureDefaultNetwork, ensurePlainNetwork, isBuiltin} from './builtin-networks.ts';
import {subnetOf} from './links/endpoint-links.ts';
import {uplinkMtu} from './links/uplink.ts';
import type {NetworkContext} from './network-context.ts';
import {resolveNetwork} from './network-lookup.ts';
import {allowsIcc, fixedMtu, isDefaultNetwork, masquerades, optionKeys} from './network-options.ts';
import {settleNetworks} from './network-remove.ts';

export interface NetworkSummary {
  id: string;
  name: string;
  /** Docker's word: the driver of `none` is called null. */
  driver: 'bridge' | 'macvlan' | 'host' | 'null';
  createdAt: Date;
  /** `bridge`, `host` or `none`. */
  builtin: boolean;
  ipv4: boolean;
  ipv6: boolean;
  internal: boolean;
  labels: Record<string, string>;
  /** How many containers are attached to it, running or not. */
  containers: number;
}

/** Every network, by name as Docker sorts them. */
export async function listNetworks(context: NetworkContext): Promise<NetworkSummary[]> {
  await settleNetworks(context);
  ensurePlainNetwork(context, 'host');
  ensurePlainNetwork(context, 'none');
  await ensureDefaultIfPossible(context);
  const hidesDefault = context.config.bridge === 'none';
  return context.networks
    .list('ready')
    .filter((network) => !(hidesDefault && isDefaultNetwork(network)))
    .map((network) => summarize(context, network))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', {numeric: true}));
}

// A list is no place to fail because there is no default network.
async function ensureDefaultIfPossible(context: NetworkContext): Promise<void> {
  try {
    await ensureDefaultNetwork(context);
  } catch (error) {
    if (!isEngineError(error, 'network-not-found', 'address-unavailable')) throw error;
  }
}

function summarize(context: NetworkContext, network: NetworkRecord): NetworkSummary {
  const {id, name, createdAt, internal, labels} = network;
  return {
    id,
    name,
    driver: shownDriver(network),
    createdAt,
    builtin: isBuiltin(network),
    ...families(network),
    internal,
    labels,
    containers: context.endpoints.ofNetwork(id).length,
  };
}

function families({subnets, driver}: NetworkRecord): {ipv4: boolean; ipv6: boolean} {
  const has = (family: 4 | 6) => subnetOfFamily(subnets, family) !== undefined;
  return {ipv4: has(4) || driver === 'host' || driver === 'none', ipv6: has(6)};
}

function shownDriver({driver}: NetworkRecord): NetworkSummary['driver'] {
  return driver === 'none' ? 'null' : driver;
}

export type NetworkInspect = Awaited<ReturnType<typeof inspectNetwork>>;

/** Throws EngineError 'network-not-found', 'network-ambiguous'. */
export async function inspectNetwork(context: NetworkContext, text: string) {
  await settleNetworks(context);
  const network = await resolveNetwork(context, text);
  const {ipv4, ipv6} = families(network);
  return {
    Name: network.name,
    Id: network.id,
    Created: network.createdAt.toISOString(),
    Scope: 'local',
    Driver: shownDriver(network),
    EnableIPv4: ipv4,
    EnableIPv6: ipv6,
    IPAM: {
      Driver: 'default',
      Options: isBuiltin(network) ? null : {},
      Config: network.subnets.map(ipamConfig),
    },
    Internal: network.internal,
    Attachable: network.attachable,
    Ingress: false,
    ConfigFrom: {Network: ''},
    ConfigOnly: false,
    Containers: containersOf(context, network),
    Options: isDefaultNetwork(network) ? await defaultOptions(context, network) : network.options,
    Labels: network.labels,
  };
}

function ipamConfig({subnet, ipRange, gateway, auxAddresses}: Subnet) {
  return {
    Subnet: subnet as string,
    ...(ipRange !== undefined && {IPRange: ipRange as string}),
    ...(gateway !== undefined && {Gateway: gateway as string}),
    ...(Object.keys(auxAddresses).length > 0 && {
      AuxiliaryAddresses: auxAddresses as Record<string, string>,
    }),
  };
}

interface ContainerOnNetwork {
  Name: string;
  EndpointID: string;
  MacAddress: string;
  IPv4Address: string;
  IPv6Address: string;
}

function containersOf(context: NetworkContext, network: NetworkRecord): Record<string, ContainerOnNetwork> {
  if (network.driver === 'host' || network.driver === 'none') {
    const kind = network.driver;
    const running = context.containers.list('running').filter(({options}) => options.network.kind === kind);
    return Object.fromEntries(running.map(({id, name}) => [id, onNetwork(network, name)]));
  }
  const active = context.endpoints.ofNetwork(network.id).filter((endpoint) => endpoint.active);
  return Object.fromEntries(
    active.map((endpoint) => {
      const {containerId} = endpoint;
      return [containerId, onNetwork(network, context.containers.get(containerId)?.name ?? '', endpoint)];
    }),
  );
}

function onNetwork(network: NetworkRecord, name: string, endpoint?: EndpointRecord): ContainerOnNetwork {
  return {
    Name: name,
    EndpointID: endpoint?.id ?? '',
    MacAddress: endpoint?.mac ?? '',
    IPv4Address: withPrefix(network, endpoint?.ipv4),
    IPv6Address: withPrefix(network, endpoint?.ipv6),
  };
}

function withPrefix(network: NetworkRecord, address: IpAddress | undefined): string {
  const subnet = subnetOf(network, address);
  return address !== undefined && subnet ? addressWithPrefix(address, subnet.subnet) : '';
}

// What the configuration says of it today: its row does not repeat that.
async function defaultOptions(
  context: NetworkContext,
  network: NetworkRecord,
): Promise<Record<string, string>> {
  return {
    'com.docker.network.bridge.default_bridge': 'true',
    [optionKeys.icc]: String(allowsIcc(context, network)),
    [optionKeys.masquerade]: String(masquerades(context, network)),
    [optionKeys.hostBinding]: context.config.defaultHostIp,
    [optionKeys.bridgeName]: network.bridge,
    [optionKeys.mtu]: String(fixedMtu(context, network) ?? (await uplinkMtu())),
  };
}
