// Endpoints joined with their networks: what one container is, or is to be, connected to.
import {randomBytes} from 'node:crypto';
import type {NetworkAttachment} from '../../bundles/network-options.ts';
import {EngineError} from '../errors.ts';
import type {EndpointRecord, NewEndpoint} from '../state/endpoint-records.ts';
import type {NetworkRecord} from '../state/network-records.ts';
import {ensurePlainNetwork} from './builtin-networks.ts';
import type {NetworkContext} from './network-context.ts';

/** An endpoint with its network. */
export interface Attachment {
  endpoint: EndpointRecord;
  network: NetworkRecord;
}

/** A container's attachments by position. Throws EngineError 'network-not-found' when a network was removed since. */
export function attachmentsOf(context: NetworkContext, containerId: string): Attachment[] {
  return context.endpoints.ofContainer(containerId).map((endpoint) => {
    const network = context.networks.get(endpoint.networkId);
    if (network) return {endpoint, network};
    throw new EngineError(
      'network-not-found',
      `network ${endpoint.networkId.slice(0, 12)} of container ${containerId.slice(0, 12)} not found: it was removed`,
      {
        hint: `'crundle network disconnect' takes the container off it, 'crundle network ls' shows the others`,
      },
    );
  });
}

/** The attachments that hold addresses now. A network that was removed meanwhile is left out. */
export function activeAttachments(context: NetworkContext, containerId: string): Attachment[] {
  return context.endpoints.ofContainer(containerId).flatMap((endpoint) => {
    const network = endpoint.active ? context.networks.get(endpoint.networkId) : undefined;
    return network ? [{endpoint, network}] : [];
  });
}

/** The networks that a run of a container is on; without any, the built-in one that stands for `none` or `host`. */
export function networksOfRun(context: NetworkContext, containerId: string): NetworkRecord[] {
  const kind = context.containers.get(containerId)?.options.network.kind;
  if (kind === 'none' || kind === 'host') return [ensurePlainNetwork(context, kind)];
  return context.endpoints
    .ofContainer(containerId)
    .flatMap(({networkId}) => context.networks.get(networkId) ?? []);
}

/** The attachment that gives the default route of a family: the highest priority, the first of equals. */
export function gatewayAttachment(
  attachments: readonly Attachment[],
  family: 'ipv4' | 'ipv6',
): Attachment | undefined {
  const ways = attachments.filter(
    ({endpoint, network}) => endpoint[family] !== undefined && !network.internal,
  );
  return ways.reduce<Attachment | undefined>(
    (best, way) => (best && best.endpoint.gatewayPriority >= way.endpoint.gatewayPriority ? best : way),
    undefined,
  );
}

/** The row of a container that is to be connected to a network. */
export function newEndpoint(
  containerId: string,
  network: NetworkRecord,
  attachment: NetworkAttachment,
  position: number,
): NewEndpoint {
  const {ipv4, ipv6, mac, aliases, linkLocal, driverOptions, gatewayPriority} = attachment;
  return {
    id: randomBytes(32).toString('hex'),
    containerId,
    networkId: network.id,
    position,
    aliases,
    wanted: {...(ipv4 && {ipv4}), ...(ipv6 && {ipv6}), ...(mac && {mac})},
    linkLocal,
    driverOptions,
    gatewayPriority,
  };
}
