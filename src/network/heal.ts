// Networks made right from the records: what killed commands left half done, what the host has lost. The beginning of any
// command calls it, and `network reload`.

import {ensureInfrastructure, networksInUse, rebuild} from './infrastructure.ts';
import {syncNames} from './names/container-names.ts';
import {nameServiceIsWell} from './names/name-service.ts';
import type {NetworkContext} from './network-context.ts';
import {networkEvent} from './network-event.ts';
import {withNetworkLock} from './network-lock.ts';
import {settleLocked, settleNetworks} from './network-remove.ts';

/** Mends what is missing of what containers use. Costs no process when nothing is. */
export async function healNetworks(context: NetworkContext): Promise<void> {
  await settleNetworks(context);
  const used = networksInUse(context);
  if (await ensureInfrastructure(context, used)) {
    const reason = 'its bridge or its rules were missing, and are made anew';
    for (const network of used) context.tell(networkEvent('heal', network, {reason}));
  }
  if (!nameServiceIsWell(context.config)) await syncNames(context);
}

/**
 * Makes all of it anew, whether it looks right or not: the bridges of every network, the tables, the names. Running
 * containers keep their addresses and connections. Throws the first failure, after the rest was done.
 */
export async function reloadNetworks(context: NetworkContext): Promise<void> {
  const failures = await withNetworkLock(context, async () => {
    const left = await settleLocked(context);
    await rebuild(
      context,
      context.networks.list('ready').filter(({driver}) => driver === 'bridge'),
    );
    return left;
  });
  await syncNames(context);
  for (const failure of failures.values()) throw failure;
}
