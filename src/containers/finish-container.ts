// What has to be done when a container's PID 1 has ended, by whoever comes first: an attached command, conmon's
// exit command, or any later command that finds it. Idempotent, and safe to be killed at any point.
import {mkdir, readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {isEngineError} from '../errors.ts';
import {readExit} from '../runtime/container-exit.ts';
import {deleteEnded} from '../runtime/ended-container.ts';
import {endLeftoverProcesses} from '../runtime/leftover-processes.ts';
import {readStartFailure} from '../runtime/start-failure.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {readOptionalFile} from '../system/optional-file.ts';
import {isAlive} from '../system/process-identity.ts';
import type {ContainerContext} from './container-context.ts';
import {containerEvent, tellEnd} from './container-event.ts';
import {removeContainerLocks, withContainerLock} from './container-lock.ts';
import {containerPaths} from './container-paths.ts';
import type {ExitStatus} from './exit-status.ts';
import {endHealthChecks} from './health/health-checks.ts';
import {removeLocked} from './remove-container.ts';
import {awaitRestart} from './restart/later-command.ts';
import {planRestart, unseenExit} from './restart/restart-policy.ts';
import {runLengthMs} from './restart/run-length.ts';

const unknownExit: ExitStatus = {exitCode: unseenExit, oomKilled: false};

export interface FinishOptions {
  /**
   * What comes after this end: what its restart policy says, `nothing`, or an immediate `start` by the caller: then --rm does
   * not remove it, and its network stays as it is. Default: its policy.
   */
  next?: 'policy' | 'nothing' | 'start';
  /** The caller has ended it, by `stop` or `restart`. Default false. */
  isStop?: boolean;
}

/**
 * Cleans up after a container that has ended: crun's state, the cgroup, the mount, its run folder; records how it
 * ended, and removes it when it was run with --rm. Returns how it ended, or undefined while it still runs.
 */
export async function finishContainer(
  context: ContainerContext,
  id: string,
  options: FinishOptions = {},
): Promise<ExitStatus | undefined> {
  return await withContainerLock(context.roots, id, () => finishLocked(context, id, options));
}

/** As finishContainer, for a caller that holds the container's lock. */
export async function finishLocked(
  context: ContainerContext,
  id: string,
  {next = 'policy', isStop = false}: FinishOptions = {},
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
  const {folder, runFolder, logFile, doubtsFile} = containerPaths(context.roots, id);
  const exit = readExit(runFolder, id);
  if (!exit && record.status === 'running' && isWatched(record)) return undefined;
  // A killed start may have left a conmon that is still on its way to the container, in a root that is about to go.
  if (!exit && record.status === 'starting') await endLeftoverProcesses(id);
  // Without conmon nobody reads the container's output or will learn of its end: 'delete' also ends it.
  if (!(exit && (await deleteEnded(context.crun.root, id)))) await context.crun.delete(id, {force: true});
  context.rootfs.unmount(folder);
  const leftNetwork = next === 'start' ? undefined : await tearDownNetwork(context, id);
  const {oomKilled} = exit ?? unknownExit;
  const failure = exit && readStartFailure(exit.exitCode, logFile);
  const exitCode = failure?.oclif.exit ?? (exit ?? unknownExit).exitCode;
  const doubts = failure && readOptionalFile(doubtsFile);
  const told = doubts === undefined ? failure?.message : `${failure?.message}: ${doubts}`;
  const error = (exit ? told : 'conmon ended before the container did') ?? leftNetwork;
  const finishedAt = exit?.finishedAt ?? new Date();
  const ranMs = runLengthMs(record, finishedAt) ?? 0;
  const end = {exitCode, oomKilled, finishedAt, process: undefined, conmon: undefined};
  let restart: ReturnType<typeof planRestart>;
  context.records.moveAfter(id, (now) => {
    // Somebody may have written down a stop since the record was read.
    if (next === 'policy') restart = planRestart(now, {exitCode, ranMs});
    // A caller that is killed before its start leaves one that is due.
    if (next === 'start')
      restart = {restartCount: now.restartCount, restartDelayMs: 0, restartAt: finishedAt};
    const change = {...end, ...(error !== undefined && {error}), ...restart};
    return {to: restart ? 'restarting' : 'exited', change};
  });
  tellEnd(context, record, {exitCode, oomKilled, finishedAt: exit?.finishedAt});
  if (isStop) context.tell(containerEvent('stop', record));
  const result = {exitCode, oomKilled};
  if (record.options.autoRemove && next !== 'start') {
    await removeLocked(context, id, {volumes: true});
    return result;
  }
  endHealthChecks(context, record);
  if (restart)
    await leaveToRestart(context, record, {isSeen: exit !== undefined, delayMs: restart.restartDelayMs});
  else await rm(runFolder, {recursive: true, force: true});
  return result;
}

// The run folder stays, empty: it tells conmon's exit command, which is waiting for whoever attends, that there is something
// left to do. Where conmon is gone nobody would come.
async function leaveToRestart(
  context: ContainerContext,
  record: ContainerRecord,
  {isSeen, delayMs}: {isSeen: boolean; delayMs: number},
): Promise<void> {
  const {runFolder} = containerPaths(context.roots, record.id);
  await mkdir(runFolder, {recursive: true, mode: 0o700});
  for (const name of await readdir(runFolder))
    await rm(join(runFolder, name), {recursive: true, force: true});
  if (!isSeen || !isWatched(record)) awaitRestart(context, record.id, delayMs);
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
