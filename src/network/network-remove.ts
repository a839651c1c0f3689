// Removing networks, and finishing what killed commands left of making or removing them.
import {EngineError} from '../errors.ts';
import {pruneEvent} from '../events.ts';
import type {NetworkRecord} from '../state/network-records.ts';
import {isBuiltin} from './builtin-networks.ts';
import {firewallState, networksInUse} from './infrastructure.ts';
import {interfaceNames, removeBridge} from './links/bridge-links.ts';
import {leaveHost} from './links/take-down.ts';
import type {NetworkContext} from './network-context.ts';
import {networkEvent} from './network-event.ts';
import {withNetworkLock} from './network-lock.ts';
import {findNetwork} from './network-lookup.ts';

/**
 * Removes a network with its bridge and rules. Goes on past failures and throws the first: then the next command finishes
 * it. Throws EngineError 'network-not-found', 'network-in-use', 'invalid-option' for one that is predefined.
 */
export async function removeNetwork(context: NetworkContext, text: string): Promise<NetworkRecord> {
  return await withNetworkLock(context, async () => {
    const failures = await settleLocked(context);
    if (failures.has(text)) throw failures.get(text);
    if (isBuiltin({name: text})) throw predefined(text);
    const network = findNetwork(context, text);
    if (isBuiltin(network)) throw predefined(network.name);
    if (!context.networks.beginRemoval(network.id)) throw inUse(context, network);
    await finishRemoval(context, network);
    return network;
  });
}

export interface PruneFilter {
  /** Only what was made before. */
  until?: Date;
  /** True for the networks to remove, by their labels. */
  matchesLabels?: (labels: Readonly<Record<string, string>>) => boolean;
}

/**
 * Removes every network of a person's own that no container is attached to, running or not. Returns their names. When no
 * network is in use any more, all that crundle has put on the host goes, the default network's bridge too.
 */
export async function pruneNetworks(
  context: NetworkContext,
  {until, matchesLabels = () => true}: PruneFilter = {},
): Promise<string[]> {
  return await withNetworkLock(context, async () => {
    await settleLocked(context);
    const unused = context.networks
      .list('ready')
      .filter((network) => !isBuiltin(network) && context.endpoints.ofNetwork(network.id).length === 0)
      .filter(({createdAt, labels}) => (until === undefined || createdAt < until) && matchesLabels(labels));
    const removed: string[] = [];
    const failures: unknown[] = [];
    for (const network of unused) {
      if (!context.networks.beginRemoval(network.id)) continue;
      await finishRemoval(context, network).then(
        () => removed.push(network.name),
        (error: unknown) => failures.push(error),
      );
    }
    await leaveRules(context).catch((error: unknown) => failures.push(error));
    context.tell(pruneEvent('network', 0));
    if (failures.length > 0) throw failures[0];
    return removed;
  });
}

/** Undoes half-made networks and finishes half-done removals. Costs one query when there is nothing to do. */
export async function settleNetworks(context: NetworkContext): Promise<void> {
  if (context.networks.list('creating', 'removing').length === 0) return;
  await withNetworkLock(context, async () => await settleLocked(context));
}

/**
 * As settleNetworks. The caller holds the networks' lock, so that nobody is at work on what this finds. A network that
 * resists is tried again by the next command, and keeps nobody from working with the others: its failure is returned.
 */
export async function settleLocked(context: NetworkContext): Promise<Map<string, unknown>> {
  const failures = new Map<string, unknown>();
  for (const network of context.networks.list('creating', 'removing')) {
    await finishRemoval(context, network).catch((error: unknown) => failures.set(network.name, error));
  }
  return failures;
}

/**
 * Takes away what a network has on the host, then its row, which stays when something could not be taken away. Idempotent.
 * The caller holds the networks' lock.
 */
export async function finishRemoval(context: NetworkContext, network: NetworkRecord): Promise<void> {
  if (network.status !== 'removing') context.networks.move(network.id, 'removing');
  const steps = [
    async () => network.driver === 'bridge' && (await removeBridge(network.bridge)),
    () => leaveRules(context),
  ];
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
  context.networks.delete(network.id);
  if (network.status !== 'creating') context.tell(networkEvent('destroy', network));
}

// With the last bridge goes all that crundle has put on the host; until then the rules are those of the other networks.
async function leaveRules(context: NetworkContext): Promise<void> {
  const names = interfaceNames();
  const others = context.networks.list('ready').filter(({bridge}) => names.has(bridge));
  if (networksInUse(context).length > 0 || others.some((network) => !isBuiltin(network))) {
    await context.firewall.rebuild(firewallState(context));
    return;
  }
  await leaveHost(
    context,
    others.map(({bridge}) => bridge),
  );
}

function inUse(context: NetworkContext, {id, name}: NetworkRecord): EngineError {
  const holders = context.endpoints
    .ofNetwork(id)
    .filter(({active}) => active)
    .map(({containerId}) => context.containers.get(containerId)?.name ?? containerId.slice(0, 12));
  return new EngineError(
    'network-in-use',
    `error while removing network: network ${name} has active endpoints (${holders.sort().join(', ')})`,
    {hint: `stop them first, or 'crundle network disconnect ${name} ${holders[0] ?? 'CONTAINER'}'`},
  );
}

function predefined(name: string): EngineError {
  return new EngineError('invalid-option', `${name} is a pre-defined network and cannot be removed`);
}
