// The names that containers find each other by, for the name service: those of every container that holds an address on
// a network with names.
import type {ContainerRecord} from '../../state/container-record.ts';
import type {EndpointRecord} from '../../state/endpoint-records.ts';
import type {NetworkRecord} from '../../state/network-records.ts';
import type {Attachment} from '../attachments.ts';
import {firewallState} from '../infrastructure.ts';
import type {NetworkContext} from '../network-context.ts';
import {withNetworkLock} from '../network-lock.ts';
import {isDefaultNetwork} from '../network-options.ts';
import type {AardvarkContainer, AardvarkNetwork} from './aardvark.ts';
import {usesNameService} from './host-resolvers.ts';
import {isServed, syncNameService} from './name-service.ts';

/** Brings the name service in line, if one of these attachments has to do with it. */
export async function syncContainerNames(
  context: NetworkContext,
  attachments: readonly Attachment[],
): Promise<void> {
  if (attachments.some(({network}) => hasService(context, network))) await syncNames(context);
}

/** Brings the name service in line with the records: started with the first network that has names in use, ended with the last. */
export async function syncNames(context: NetworkContext): Promise<void> {
  await syncNameService(context.config, {
    networks: () => namedNetworks(context),
    redirect: async () =>
      await withNetworkLock(context, () => context.firewall.rebuild(firewallState(context))),
  });
}

// The default network keeps the service while a container uses it: its resolv.conf names the gateway, whatever the host's
// says by now.
function hasService({config}: Pick<NetworkContext, 'config'>, network: NetworkRecord): boolean {
  return usesNameService(network, config) || isServed(config.runRoot, network);
}

type Records = Pick<NetworkContext, 'networks' | 'endpoints' | 'containers' | 'config'>;

/** Networks with names that a container is on now. */
function namedNetworks(context: Records): AardvarkNetwork[] {
  const active = context.endpoints.listActive();
  const ids = new Set(active.map(({networkId}) => networkId));
  const networks = [...ids].flatMap((id) => context.networks.get(id) ?? []);
  const outward = new Set(networks.filter(({internal}) => !internal).map(({id}) => id));
  const outgoing = new Set(
    active.filter(({networkId}) => outward.has(networkId)).map(({containerId}) => containerId),
  );
  return networks
    .filter((network) => hasService(context, network))
    .map((network) => ({
      id: network.id,
      internal: network.internal,
      gateways: network.subnets.flatMap(({gateway}) => gateway ?? []),
      resolvers: context.config.dns,
      containers: active
        .filter(({networkId}) => networkId === network.id)
        .flatMap((endpoint) => namedContainer(context, network, endpoint))
        .map((container) => ({...container, isInside: !outgoing.has(container.id)})),
    }));
}

function namedContainer(
  {containers}: Records,
  network: NetworkRecord,
  endpoint: EndpointRecord,
): Omit<AardvarkContainer, 'isInside'>[] {
  const container = containers.get(endpoint.containerId);
  if (!container) return [];
  const {ipv4, ipv6} = endpoint;
  return [
    {
      id: container.id,
      ...(ipv4 !== undefined && {ipv4}),
      ...(ipv6 !== undefined && {ipv6}),
      resolvers: container.options.dns?.servers ?? [],
      // On the default network there are no names, as under Docker; the service only forwards.
      names: isDefaultNetwork(network) ? [container.id] : namesOn(network.name, container, endpoint),
    },
  ];
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
