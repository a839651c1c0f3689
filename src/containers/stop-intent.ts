// A stop is written down before the signal goes out: whoever cleans up afterwards, and the next boot, has to know that the
// container did not end by itself.
import {rm} from 'node:fs/promises';
import {endRestartWaiter} from '../runtime/restart-waiter.ts';
import type {ContainerRecord, StoppedBy} from '../state/container-record.ts';
import type {ContainerContext} from './container-context.ts';
import {removeContainerLocks, withContainerLock} from './container-lock.ts';
import {containerPaths} from './container-paths.ts';
import {isBootsBusiness} from './restart/restart-policy.ts';

/**
 * Marks a running container, at once (on disk, where a person's word decides what the next boot does) and beside whoever changes it; 'called-off' when it was waiting to be started again,
 * and has ended for good now. Idempotent.
 */
export async function intendStop(
  context: ContainerContext,
  id: string,
  by: StoppedBy,
): Promise<'marked' | 'called-off' | 'not-running'> {
  const found = context.records.get(id);
  const durable = by === 'person' && found !== undefined && isBootsBusiness(found);
  if (context.records.markStopped(id, by, {durable})) return 'marked';
  return await withContainerLock(context.roots, id, async () => {
    const record = context.records.get(id);
    // Removed since: taking the lock has made its file anew.
    if (!record) removeContainerLocks(context.roots, id);
    if (record?.status === 'restarting') {
      await callOff(context, id, by);
      return 'called-off';
    }
    return context.records.markStopped(id, by, {durable}) ? 'marked' : 'not-running';
  });
}

async function callOff(context: ContainerContext, id: string, by: StoppedBy): Promise<void> {
  const {runFolder} = containerPaths(context.roots, id);
  endRestartWaiter(runFolder, id);
  context.records.move(id, 'exited', {stoppedBy: by, restartAt: undefined}, {durable: by === 'person'});
  await rm(runFolder, {recursive: true, force: true});
}

/** Signals that mean: end. */
const endings = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT'];

/**
 * True for the signals that end most programs, and the container's own. A SIGHUP to a server that reads its configuration
 * again is none, other than under Docker, where any signal ends the work of the restart policy.
 */
export function isStopSignal({options, imageConfig}: ContainerRecord, signal: string): boolean {
  return endings.includes(signal) || signal === (options.stopSignal ?? imageConfig.StopSignal);
}
