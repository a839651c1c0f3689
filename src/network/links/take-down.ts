// All that crundle has put on the host for its networks, taken away again. Records stay: what is needed is made anew by the
// next container that needs it.

import {restoreForwarding} from '../forwarding.ts';
import {syncNames} from '../names/container-names.ts';
import type {NetworkContext} from '../network-context.ts';
import {withNetworkLock} from '../network-lock.ts';
import {withdrawOpenPublishing} from '../ports/open-publishing.ts';
import {interfaceNames, removeBridge} from './bridge-links.ts';
import {removeDetour} from './detour-links.ts';

/**
 * Removes every bridge, the tables, the detour and the name service, and sets forwarding back. Idempotent; no container runs.
 * Goes on past failures and throws the first.
 */
export async function takeDownNetworks(context: NetworkContext): Promise<void> {
  const failures: unknown[] = [];
  const bridges = context.networks.list().filter(({driver}) => driver === 'bridge');
  await withNetworkLock(context, async () => {
    await leaveHost(
      context,
      bridges.map(({bridge}) => bridge),
    );
  }).catch((error: unknown) => failures.push(error));
  await syncNames(context).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

/** Removes these bridges and what networks share. The caller holds the networks' lock. Goes on past failures and throws the first. */
export async function leaveHost(context: NetworkContext, bridges: readonly string[]): Promise<void> {
  const names = interfaceNames();
  const steps = [
    ...bridges.filter((bridge) => names.has(bridge)).map((bridge) => () => removeBridge(bridge)),
    () => withdrawOpenPublishing(context),
    () => context.firewall.remove(),
    removeDetour,
    async () => restoreForwarding(context.config.runRoot),
  ];
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
