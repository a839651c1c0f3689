// What has to be done when a container's PID 1 has ended, by whoever comes first: an attached command, conmon's
// exit command, or any later command that finds it. Idempotent, and safe to be killed at any point.
import {rm} from 'node:fs/promises';
import {isEngineError} from '../errors.ts';
import {readExit} from '../runtime/container-exit.ts';
import {deleteEnded} from '../runtime/ended-container.ts';
import {readStartFailure} from '../runtime/start-failure.ts';
import type {ContainerRecord} from '../state/container-records.ts';
import {isAlive} from '../system/process-identity.ts';
import type {ContainerContext} from './container-context.ts';
import {tellEnd} from './container-event.ts';
import {removeContainerLocks, withContainerLock} from './container-lock.ts';
import {containerPaths} from './container-paths.ts';
import type {ExitStatus} from './exit-status.ts';
import {removeLocked} from './remove-container.ts';

/** Docker's exit code for an end that nobody was left to see. */
const unknownExit: ExitStatus = {exitCode: 255, oomKilled: false};

/**
 * Cleans up after a container that has ended: crun's state, the cgroup, the mount, its run folder; records how it
 * ended, and removes it when it was run with --rm. Returns how it ended, or undefined while it still runs.
 */
export async function finishContainer(
  context: ContainerContext,
  id: string,
): Promise<ExitStatus | undefined> {
  return await withContainerLock(context.roots, id, () => finishLocked(context, id));
}

/**
 * As finishContainer, for a caller that holds the container's lock. With `keep`, for a restart, --rm does not remove it
 * and its network stays as it is.
 */
export async function finishLocked(
  context: ContainerContext,
  id: string,
  {keep = false} = {},
): Promise<ExitStatus | undefined> {
  const record = context.records.get(id);
  if (!record) {
    // Waiting for the lock of a container that was just removed has made its file anew.
    removeContainerLocks(context.roots, id);
    return context.records.exitOfRemoved(id) ?? unknownExit;
  }
  if (record.status !== 'running' && record.status !== 'starting') {
    return {exitCode: record.exitCode ?? 0, oomKilled: record.oomKilled};
  }
  const {folder, runFolder, logFile} = containerPaths(context.roots, id);
  const exit = readExit(runFolder, id);
  if (!exit && record.status === 'running' && isWatched(record)) return undefined;
  // Without conmon nobody reads the container's output or will learn of its end: 'delete' also ends it.
  if (!(exit && (await deleteEnded(context.crun.root, id)))) await context.crun.delete(id, {force: true});
  context.rootfs.unmount(folder);
  const leftNetwork = keep ? undefined : await tearDownNetwork(context, id);
  const {oomKilled} = exit ?? unknownExit;
  const failure = exit && readStartFailure(exit.exitCode, logFile);
  const exitCode = failure?.oclif.exit ?? (exit ?? unknownExit).exitCode;
  const error = (exit ? failure?.message : 'conmon ended before the container did') ?? leftNetwork;
  context.records.move(id, 'exited', {
    exitCode,
    oomKilled,
    finishedAt: exit?.finishedAt ?? new Date(),
    process: undefined,
    conmon: undefined,
    ...(error !== undefined && {error}),
  });
  tellEnd(context, record, {exitCode, oomKilled, finishedAt: exit?.finishedAt});
  if (record.options.autoRemove && !keep) await removeLocked(context, id, {volumes: true});
  else await rm(runFolder, {recursive: true, force: true});
  return {exitCode, oomKilled};
}

// What could not be taken down is no reason to call the container running still: its record says what was left.
async function tearDownNetwork(context: ContainerContext, id: string): Promise<string | undefined> {
  try {
    await context.network.tearDown(id);
    return undefined;
  } catch (error) {
    if (!isEngineError(error)) throw error;
    return error.message;
  }
}

function isWatched(record: ContainerRecord): boolean {
  return record.conmon !== undefined && isAlive(record.conmon);
}
