// The network of one container, from before it starts until it has ended: leases of addresses and ports, the pinned
// namespace with its links, the published ports, its names. Every step can be repeated, and undone without the others.
import type {IpAddress} from '../addresses/ip-address.ts';
import {EngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-records.ts';
import {leaseAddresses} from './address-lease.ts';
import {activeAttachments, attachmentsOf} from './attachments.ts';
import {containerSysctls, setUpLinks} from './container-links.ts';
import {syncContainerNames} from './container-names.ts';
import {linksOf} from './endpoint-links.ts';
import {ensureInfrastructure} from './infrastructure.ts';
import type {NetworkContext} from './network-context.ts';
import {namespaceExists, namespacePath, removeNamespace} from './network-namespace.ts';
import {leaseContainerPorts, targetsOf} from './published-targets.ts';

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
  leaseAddresses(context, id);
  const attachments = attachmentsOf(context, id);
  await ensureInfrastructure(
    context,
    attachments.map(({network}) => network),
  );
  const links = await linksOf(context, attachments);
  const ports = leaseContainerPorts(context, container, attachments);
  await Promise.all([
    isKept || setUpLinks(container, links),
    ports.length > 0 && context.firewall.publish(targetsOf(ports, attachments), []),
    syncContainerNames(context, attachments),
  ]);
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
 * together at the end. What the kernel did not let go of is mended with the tables, which are made from the records.
 */
export async function tearDownContainerNetwork(context: NetworkContext, id: string): Promise<void> {
  const attachments = activeAttachments(context, id);
  const ports = context.ports.ofContainer(id);
  const results = await Promise.allSettled([
    (async () => removeNamespace(id))(),
    ports.length > 0 && context.firewall.publish([], targetsOf(ports, attachments)),
  ]);
  // The rows go last: what they name could be given to another container at once.
  context.endpoints.deactivate(id);
  context.ports.removeContainer(id);
  results.push(...(await Promise.allSettled([syncContainerNames(context, attachments)])));
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (failures.length > 0) throw teardownError(id, failures);
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
