// The names that containers find each other by, for the name service: those of every container that holds an address on
// a network with names.
import type {ContainerRecord} from '../state/container-records.ts';
import type {EndpointRecord} from '../state/endpoint-records.ts';
import type {NetworkRecord} from '../state/network-records.ts';
import type {AardvarkNetwork} from './aardvark.ts';
import type {Attachment} from './attachments.ts';
import {usesNameService} from './host-resolvers.ts';
import {firewallState} from './infrastructure.ts';
import type {NetworkContext} from './network-context.ts';
import {withNetworkLock} from './network-lock.ts';
import {isDefaultNetwork} from './network-options.ts';

/** Brings the name service in line, if one of these attachments has to do with it. */
export async function syncContainerNames(
  context: NetworkContext,
  attachments: readonly Attachment[],
): Promise<void> {
  if (attachments.some(({network}) => usesNameService(network, context.config))) await syncNames(context);
}

/** Brings the name service in line with the records: started with the first network that has names in use, ended with the last. */
export async function syncNames(context: NetworkContext): Promise<void> {
  // Loaded when needed: a run on the default network has no names.
  const {redirectedDnsPort, syncNameService} = await import('./name-service.ts');
  const isNew = await syncNameService(context.config, () => namedNetworks(context));
  if (!isNew || redirectedDnsPort(context.config.runRoot) === undefined) return;
  await withNetworkLock(context, () => context.firewall.rebuild(firewallState(context)));
}

/** Networks with names that a container is on now. */
export function namedNetworks(
  context: Pick<NetworkContext, 'networks' | 'endpoints' | 'containers' | 'config'>,
): AardvarkNetwork[] {
  const byNetwork = Map.groupBy(context.endpoints.listActive(), ({networkId}) => networkId);
  return [...byNetwork].flatMap(([id, endpoints]) => {
    const network = context.networks.get(id);
    return network && usesNameService(network, context.config)
      ? [namedNetwork(context, network, endpoints)]
      : [];
  });
}

function namedNetwork(
  context: Pick<NetworkContext, 'containers'>,
  network: NetworkRecord,
  endpoints: readonly EndpointRecord[],
): AardvarkNetwork {
  const {name, subnets} = network;
  return {
    name,
    gateways: subnets.flatMap(({gateway}) => gateway ?? []),
    containers: endpoints.flatMap((endpoint) => {
      const container = context.containers.get(endpoint.containerId);
      if (!container) return [];
      const {ipv4, ipv6} = endpoint;
      return [
        {
          id: container.id,
          ...(ipv4 !== undefined && {ipv4}),
          ...(ipv6 !== undefined && {ipv6}),
          // On the default network there are no names, as under Docker; the service only forwards.
          names: isDefaultNetwork(network) ? [container.id] : namesOn(name, container, endpoint),
        },
      ];
    }),
  };
}

// Each name also with the network's behind it.
function namesOn(network: string, container: ContainerRecord, endpoint: EndpointRecord): string[] {
  return dnsNames(container, endpoint).flatMap((name) => [name, `${name}.${network}`]);
}

/** Docker's: the name, the aliases, the short id, and a host name that was chosen. Each once. Pure. */
export function dnsNames(container: ContainerRecord, {aliases}: Pick<EndpointRecord, 'aliases'>): string[] {
  const {hostname} = container.options;
  return [
    ...new Set([container.name, ...aliases, container.id.slice(0, 12), ...(hostname ? [hostname] : [])]),
  ];
}
