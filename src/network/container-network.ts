// The network of one container, from before it starts until it has ended: leases of addresses and ports, the pinned
// namespace with its links, the published ports, its names. Every step can be repeated, and undone without the others.
import type {IpAddress} from '../addresses/ip-address.ts';
import {EngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {type Attachment, activeAttachments, attachmentsOf} from './attachments.ts';
import {withInfrastructure} from './infrastructure.ts';
import {containerSysctls, removeLink, setUpLinks} from './links/container-links.ts';
import {linksOf} from './links/endpoint-links.ts';
import {namespaceExists, namespacePath, removeNamespace} from './links/network-namespace.ts';
import {syncContainerNames} from './names/container-names.ts';
import type {NetworkContext} from './network-context.ts';
import {withSharedNetworkLock} from './network-lock.ts';
import {leaseContainerPorts, targetsOf} from './ports/published-targets.ts';
import {leaseAddresses} from './subnets/address-lease.ts';

/** Where a container's processes are, network-wise. */
export interface SetUpNetwork {
  /** Path of the namespace. */
  namespace: string;
  /** For config.json: they hold in the namespace, which the runtime joins before it sets them. */
  sysctls: Record<string, string>;
  /** In the order of the interfaces, for /etc/hosts. */
  addresses: IpAddress[];
}

/**
 * Gives a container that is about to start its network. A namespace that a restart has kept is used again, with its
 * addresses. On failure the caller tears down. Throws EngineError 'network-not-found', 'address-unavailable',
 * 'port-taken', and what `ip` and `nft` say.
 */
export async function setUpContainerNetwork(
  context: NetworkContext,
  container: ContainerRecord,
): Promise<SetUpNetwork> {
  const {id} = container;
  const wanted = attachmentsOf(context, id);
  const isKept = wanted.every(({endpoint}) => endpoint.active) && namespaceExists(id);
  const networks = wanted.map(({network}) => network);
  const {attachments, links} = await withInfrastructure(context, networks, async () => {
    leaseAddresses(context, id);
    const attachments = attachmentsOf(context, id);
    const links = await linksOf(context, attachments);
    const ports = leaseContainerPorts(context, container, attachments);
    await Promise.all([
      isKept || setUpLinks(container, links),
      ports.length > 0 && context.firewall.publish(targetsOf(ports, attachments), []),
    ]);
    return {attachments, links};
  });
  await syncContainerNames(context, attachments);
  return {
    namespace: namespacePath(id),
    sysctls: containerSysctls(links),
    addresses: attachments.flatMap(({endpoint: {ipv4, ipv6}}) =>
      [ipv4, ipv6].filter((address) => address !== undefined),
    ),
  };
}

/**
 * Gives back all that a container has of the host's network. Idempotent; goes on past failures, and throws them
 * together at the end. What the tables did not let go of is mended by the next command, which makes them anew.
 */
export async function tearDownContainerNetwork(context: NetworkContext, id: string): Promise<void> {
  const attachments = activeAttachments(context, id);
  const ports = context.ports.ofContainer(id);
  if (attachments.length + ports.length === 0) return removeNamespace(id);
  const results = await withSharedNetworkLock(context, async () => {
    const results = await Promise.allSettled([
      removeLinks(context, id, attachments),
      ports.length > 0 && context.firewall.publish([], targetsOf(ports, attachments)),
    ]);
    if (results.some(({status}) => status === 'rejected')) context.firewall.distrust();
    // The rows go last: what they name could be given to another container at once.
    context.endpoints.deactivate(id);
    context.ports.removeContainer(id);
    return results;
  });
  results.push(...(await Promise.allSettled([syncContainerNames(context, attachments)])));
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (failures.length > 0) throw teardownError(id, failures);
}

// A container that shares the namespace keeps it, and with it interfaces whose addresses are free now: they go by
// themselves. Otherwise they go with the namespace, which costs nothing.
async function removeLinks(
  {containers}: NetworkContext,
  id: string,
  attachments: readonly Attachment[],
): Promise<void> {
  const isShared = containers
    .list('starting', 'running')
    .some(({options: {network}}) => network.kind === 'container' && network.container === id);
  const name = containers.get(id)?.name ?? '';
  if (isShared && namespaceExists(id)) {
    for (const {endpoint} of attachments) await removeLink({id, name}, endpoint.position);
  }
  removeNamespace(id);
}

function teardownError(id: string, failures: readonly unknown[]): unknown {
  const bug = failures.find((failure) => !(failure instanceof EngineError));
  if (bug !== undefined) return bug;
  const reasons = failures.map((failure) => (failure as EngineError).message).join('; ');
  return new EngineError(
    'program-failed',
    `cannot take down the whole network of container ${id.slice(0, 12)}: ${reasons}`,
    {hint: "'crundle network reload' makes it right", cause: failures[0]},
  );
}
