// Brings the records in line with what is: after a kill -9, a crash or a reboot the records say what was meant,
// the kernel says what runs. Every call is safe beside other commands, and leaves alone what somebody is at work on.
import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {errnoOf} from '../errors.ts';
import {readConmonIdentity} from '../runtime/conmon.ts';
import {readExit} from '../runtime/container-exit.ts';
import {endLeftoverProcesses} from '../runtime/leftover-processes.ts';
import {isRestartAwaited} from '../runtime/restart-waiter.ts';
import type {ContainerRecord} from '../state/container-records.ts';
import {identifyProcess, isAlive} from '../system/process-identity.ts';
import type {ContainerContext} from './container-context.ts';
import {tellHealed} from './container-event.ts';
import {removeContainerLocks, tryWithContainerLock, withContainerLock} from './container-lock.ts';
import {containerPaths, type EngineRoots} from './container-paths.ts';
import {finishLocked} from './finish-container.ts';
import {awaitRestart} from './later-command.ts';
import {removeLocked} from './remove-container.ts';
import {isOverdue, msUntilRestart, unseenExit} from './restart-policy.ts';
import {planAnother, releaseProcess, startLocked} from './start-container.ts';

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
function needsMending({roots}: ContainerContext, record: ContainerRecord): boolean {
  if (record.status === 'restarting') return isOverdue(record) || !isAwaited(roots, record);
  return record.status !== 'running' || record.conmon === undefined || !isAlive(record.conmon);
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
      if (await finishLocked(context, id)) tellHealed(context, record);
      return;
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

// Nothing else may ever look at the container again: who was killed is replaced at once, not when the restart is overdue.
async function mendRestart(context: ContainerContext, record: ContainerRecord): Promise<void> {
  if (isOverdue(record)) {
    tellHealed(context, record);
    await startLocked(context, record.id, {attached: false, cause: 'policy'});
  } else if (!isAwaited(context.roots, record)) {
    awaitRestart(context, record.id, msUntilRestart(record));
  }
}

// The command died between the intent to start and the record that it runs. What runs was wanted, and stays.
async function mendStart(
  context: ContainerContext,
  record: ContainerRecord,
  {restart = true} = {},
): Promise<void> {
  const {runFolder} = containerPaths(context.roots, record.id);
  const conmon = readConmonIdentity(runFolder);
  const state = await context.crun.state(record.id);
  if (conmon && state?.status === 'running') {
    const process = identifyProcess(state.pid);
    context.records.move(record.id, 'running', {process, conmon, startedAt: state.createdAt});
    return;
  }
  if (state?.status === 'stopped' && readExit(runFolder, record.id)) {
    await finishLocked(context, record.id);
    return;
  }
  // conmon may be at work still, for a command that did not live to hear of it.
  await endLeftoverProcesses(record.id);
  await releaseProcess(context, record.id);
  if (record.options.autoRemove) return await removeLocked(context, record.id, {volumes: true});
  const error = 'the command that started it was interrupted';
  if (restart && planAnother(context, record.id, {exitCode: unseenExit, error})) return;
  context.records.move(record.id, record.finishedAt ? 'exited' : 'created', {error});
}

/**
 * Once per boot: no process of the last boot is alive, whatever runs under its PID now, and folders without a record
 * are what a power cut left of a creation or a removal. Which containers come back is decided by `system start`. The caller holds the store's lock exclusively, so that nobody
 * creates.
 */
export async function sweepAfterBoot(context: ContainerContext): Promise<void> {
  for (const record of context.records.list('starting', 'running', 'restarting')) {
    await withContainerLock(context.roots, record.id, () => endAfterBoot(context, record));
  }
  const containers = join(context.roots.dataRoot, 'containers');
  for (const id of await foldersIn(containers)) {
    if (context.records.get(id)) continue;
    context.rootfs.remove(join(containers, id));
    await rm(join(containers, id), {recursive: true, force: true});
  }
}

async function endAfterBoot(context: ContainerContext, old: ContainerRecord): Promise<void> {
  const record = context.records.get(old.id);
  // Another command may have started it anew meanwhile.
  if (record?.status !== old.status || record.conmon?.pid !== old.conmon?.pid) return;
  if (record.status === 'restarting') {
    context.records.move(record.id, 'exited', {restartAt: undefined});
    return;
  }
  tellHealed(context, record);
  if (record.status === 'starting') return await mendStart(context, record, {restart: false});
  context.records.move(record.id, 'running', {process: undefined, conmon: undefined});
  await finishLocked(context, record.id, {next: 'nothing'});
}

async function foldersIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
