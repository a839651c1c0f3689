// Starting a container again by its restart policy, when the pause is over: by conmon's exit command and by the process
// that waits. Either may come late, twice, or after a person has decided otherwise: what is done is what the record says.
import {setTimeout as sleep} from 'node:timers/promises';
import type {ContainerContext} from '../container-context.ts';
import {attendContainer, removeContainerLocks, withContainerLock} from '../container-lock.ts';
import {startLocked} from '../start-container.ts';
import {awaitRestart} from './later-command.ts';
import {msUntilRestart} from './restart-policy.ts';

/** Waiting longer than this costs more than ending and being started again. */
const patienceMs = 250;

/**
 * Starts a container in status 'restarting' when it is due, and leaves a process that waits when that is a while away.
 * Does nothing in any other status. Throws what a start throws; then the next attempt is planned already.
 */
export async function restartWhenDue(context: ContainerContext, id: string): Promise<void> {
  if (context.records.get(id)?.status !== 'restarting') return;
  for (;;) {
    const waitMs = await startOrWait(context, id);
    if (waitMs === undefined) return;
    await sleep(waitMs);
  }
}

// What is left to wait for in this process, if anything.
async function startOrWait(context: ContainerContext, id: string): Promise<number | undefined> {
  // As for any start: keeps conmon's exit command waiting until the record says 'running'.
  using _attendant = await attendContainer(context.roots, id);
  return await withContainerLock(context.roots, id, async () => {
    const record = context.records.get(id);
    // Removed since: taking the locks has made their files anew.
    if (!record) removeContainerLocks(context.roots, id);
    if (record?.status !== 'restarting') return undefined;
    const waitMs = msUntilRestart(record);
    if (waitMs === 0) await startLocked(context, id, {attach: false, cause: 'policy'});
    else if (waitMs <= patienceMs) return waitMs;
    else awaitRestart(context, id, waitMs);
    return undefined;
  });
}
