// `network connect` and `disconnect`: another interface for a container, at once when it runs.
import type {NetworkAttachment} from '../../bundles/network-options.ts';
import {EngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {NetworkRecord} from '../state/network-records.ts';
import {checkAttachment} from './attachment-checks.ts';
import {activeAttachments, attachmentsOf, newEndpoint} from './attachments.ts';
import {withInfrastructure} from './infrastructure.ts';
import {addLink, removeLink, routeOut} from './links/container-links.ts';
import {linksOf} from './links/endpoint-links.ts';
import {syncContainerNames} from './names/container-names.ts';
import type {NetworkContext} from './network-context.ts';
import {withSharedNetworkLock} from './network-lock.ts';
import {targetsOf} from './ports/published-targets.ts';
import {leaseAddresses} from './subnets/address-lease.ts';

/**
 * Connects a container to a network; one that runs gets its interface now. On failure it is as it was. The caller holds
 * the container's lock. Throws EngineError 'invalid-option', 'network-in-use' (it is on it already),
 * 'address-unavailable'.
 */
export async function connectContainer(
  context: NetworkContext,
  container: ContainerRecord,
  network: NetworkRecord,
  attachment: NetworkAttachment,
): Promise<void> {
  checkConnectable(container, network);
  checkAttachment(network, attachment);
  const others = context.endpoints.ofContainer(container.id);
  if (others.some(({networkId}) => networkId === network.id)) {
    throw new EngineError(
      'network-in-use',
      `endpoint with name ${container.name} already exists in network ${network.name}`,
      {hint: `'crundle network disconnect ${network.name} ${container.name}' takes it off first`},
    );
  }
  const position = freePosition(others.map((endpoint) => endpoint.position));
  context.endpoints.insert([newEndpoint(container.id, network, attachment, position)]);
  if (container.status !== 'running') return;
  try {
    await joinNow(context, container, position);
  } catch (error) {
    await disconnectContainer(context, container, network).catch((second: unknown) => {
      throw new AggregateError(
        [error, second],
        `cannot take back half a connection to network ${network.name}`,
      );
    });
    throw error;
  }
}

function freePosition(taken: readonly number[]): number {
  let position = 0;
  while (taken.includes(position)) position += 1;
  return position;
}

function checkConnectable({name, options}: ContainerRecord, network: NetworkRecord): void {
  const {kind} = options.network;
  if (kind === 'networks' && (network.driver === 'bridge' || network.driver === 'macvlan')) return;
  const reason =
    kind === 'networks'
      ? `network ${network.name} cannot be joined by a container that has networks of its own`
      : `container ${name} has no network namespace of its own that could be connected (--network ${kind})`;
  throw new EngineError('invalid-option', reason, {
    hint: 'make the container anew with the networks it needs',
  });
}

async function joinNow(context: NetworkContext, container: ContainerRecord, position: number): Promise<void> {
  const networks = attachmentsOf(context, container.id).map(({network}) => network);
  const attachments = await withInfrastructure(context, networks, async () => {
    const before = activeAttachments(context, container.id);
    leaseAddresses(context, container.id);
    const attachments = activeAttachments(context, container.id);
    const links = await linksOf(context, attachments);
    const link = links.find((candidate) => candidate.position === position);
    if (!link) throw new Error(`container ${container.id} has no endpoint at position ${position}`);
    await addLink(container, link);
    await routeOut(container, links);
    // The way that published ports lead by may be the new one.
    const ports = context.ports.ofContainer(container.id);
    if (ports.length > 0)
      await context.firewall.publish(targetsOf(ports, attachments), targetsOf(ports, before));
    return attachments;
  });
  await syncContainerNames(context, attachments);
}

/**
 * Takes a container off a network. Idempotent. The caller holds the container's lock. Published ports and default routes
 * that led through it lead through another of its networks, if there is one.
 */
export async function disconnectContainer(
  context: NetworkContext,
  container: Pick<ContainerRecord, 'id' | 'name'>,
  network: NetworkRecord,
): Promise<void> {
  const before = activeAttachments(context, container.id);
  const left = before.find(({endpoint}) => endpoint.networkId === network.id);
  const after = before.filter((attachment) => attachment !== left);
  await withSharedNetworkLock(context, async () => {
    if (left) {
      const ports = context.ports.ofContainer(container.id);
      await removeLink(container, left.endpoint.position);
      await routeOut(container, await linksOf(context, after));
      if (ports.length > 0) await context.firewall.publish(targetsOf(ports, after), targetsOf(ports, before));
    }
    context.endpoints.remove(container.id, network.id);
  });
  await syncContainerNames(context, before);
}
