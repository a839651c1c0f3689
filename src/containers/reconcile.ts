// Brings the records in line with what is: after a kill -9, a crash or a reboot the records say what was meant,
// the kernel says what runs. Every call is safe beside other commands, and leaves alone what somebody is at work on.
import {rmSync} from 'node:fs';
import {isRestartAwaited} from '../runtime/restart-waiter.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {isAlive} from '../system/process-identity.ts';
import type {ContainerContext} from './container-context.ts';
import {tellHealed} from './container-event.ts';
import {removeContainerLocks, tryWithContainerLock, withContainerLock} from './container-lock.ts';
import {containerPaths, type EngineRoots} from './container-paths.ts';
import {finishLocked} from './finish-container.ts';
import {mendHealthChecks} from './health/health-checks.ts';
import {mendStart} from './mend-start.ts';
import {resumePaused} from './pause-container.ts';
import {isPauseAbandoned} from './pause-owner.ts';
import {isPaused, pausedMark} from './pause-state.ts';
import {removeLocked} from './remove-container.ts';
import {awaitRestart} from './restart/later-command.ts';
import {isOverdue, msUntilRestart} from './restart/restart-policy.ts';
import {startLocked} from './start-container.ts';

/**
 * Finishes or undoes what killed commands left half done, and records the end of containers that nobody was there
 * to see. A failure with one container does not keep the others from being mended; `onFailure` hears of it.
 */
export async function reconcileContainers(
  context: ContainerContext,
  onFailure: (record: ContainerRecord, error: unknown) => void = () => undefined,
): Promise<void> {
  const records = context.records.list('creating', 'starting', 'running', 'restarting', 'removing');
  await mendNetworks(context);
  await Promise.all(
    records
      .filter((record) => needsMending(context, record))
      .map(async (record) => {
        try {
          await tryWithContainerLock(context.roots, record.id, () => mend(context, record.id));
        } catch (error) {
          onFailure(record, error);
        }
      }),
  );
  await mendHealthChecks(context, records);
}

// A killed restart leaves a container that has ended with its network.
async function mendNetworks(context: ContainerContext): Promise<void> {
  for (const id of context.network.holders()) {
    if (usesNetwork(context.records.get(id))) continue;
    await tryWithContainerLock(context.roots, id, async () => {
      if (!usesNetwork(context.records.get(id))) await context.network.tearDown(id);
    });
  }
  await context.network.heal();
}

function usesNetwork(record: ContainerRecord | undefined): boolean {
  return record?.status === 'starting' || record?.status === 'running';
}

/**
 * The container as it is now: waits for a command that is at work on it, and finishes or undoes what a killed one left.
 * Undefined when nothing of it is left.
 */
export async function settleContainer(
  context: ContainerContext,
  record: ContainerRecord,
): Promise<ContainerRecord | undefined> {
  if (['created', 'exited', 'restarting'].includes(record.status) || !needsMending(context, record))
    return record;
  return await withContainerLock(context.roots, record.id, async () => {
    await mend(context, record.id);
    return context.records.get(record.id);
  });
}

// The common case, a running container with its conmon, costs one read of /proc and takes no lock.
function needsMending(context: ContainerContext, record: ContainerRecord): boolean {
  if (record.status === 'restarting') return isOverdue(record) || !isAwaited(context.roots, record);
  return record.status !== 'running' || hasEnded(record) || isPauseAbandoned(context, record);
}

function hasEnded({conmon}: ContainerRecord): boolean {
  return conmon === undefined || !isAlive(conmon);
}

// Nobody may be there for a moment while conmon's exit command is on its way: then one more waits, which does no harm.
function isAwaited(roots: EngineRoots, {id}: ContainerRecord): boolean {
  return isRestartAwaited(containerPaths(roots, id).runFolder, id);
}

// Found under the container's lock, so that nobody is at it any more.
function isIntent({status}: ContainerRecord): boolean {
  return status === 'creating' || status === 'starting' || status === 'removing';
}

async function mend(context: ContainerContext, id: string): Promise<void> {
  const record = context.records.get(id);
  if (record && isIntent(record)) tellHealed(context, record);
  switch (record?.status) {
    case 'creating':
      return await removeLocked(context, id, {volumes: true});
    case 'starting':
      return await mendStart(context, record);
    case 'running':
      return await mendRunning(context, record);
    case 'restarting':
      return await mendRestart(context, record);
    case 'removing':
      return await removeLocked(context, id, {volumes: false});
    case undefined:
      // Removed since it was listed: taking the lock has made its file anew.
      return removeContainerLocks(context.roots, id);
    default:
      return;
  }
}

async function mendRunning(context: ContainerContext, record: ContainerRecord): Promise<void> {
  if (hasEnded(record)) return await mendEnd(context, record);
  if (!isPauseAbandoned(context, record)) return;
  if (isPaused(context, record)) await resumePaused(context, record);
  else rmSync(pausedMark(context, record.id), {force: true});
}

async function mendEnd(context: ContainerContext, record: ContainerRecord): Promise<void> {
  // Of the last boot, where the sweep of this one has failed: whether it comes back is decided by 'system start'.
  const next = record.conmon === undefined ? 'nothing' : 'policy';
  if (await finishLocked(context, record.id, {next})) tellHealed(context, record);
}

// Nothing else may ever look at the container again: who was killed is replaced at once, not when the restart is overdue.
async function mendRestart(context: ContainerContext, record: ContainerRecord): Promise<void> {
  if (isOverdue(record)) {
    tellHealed(context, record);
    await startLocked(context, record.id, {attach: false, cause: 'policy'});
  } else if (!isAwaited(context.roots, record)) {
    awaitRestart(context, record.id, msUntilRestart(record));
  }
}
