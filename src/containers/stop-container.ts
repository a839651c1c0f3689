// `stop`, `restart`, `kill` and `wait`: signals to a container, and its end.
import {setTimeout as sleep} from 'node:timers/promises';
import {EngineError, isEngineError} from '../errors.ts';
import type {ConmonEnd} from '../runtime/conmon-process.ts';
import {waitForExit} from '../runtime/container-exit.ts';
import type {ContainerRecord, StoppedBy} from '../state/container-record.ts';
import type {ContainerContext} from './container-context.ts';
import {containerEvent, tellSignal} from './container-event.ts';
import {attendContainer, withContainerLock} from './container-lock.ts';
import {containerPaths} from './container-paths.ts';
import {refuseIfViewed} from './container-viewers.ts';
import type {ExitStatus} from './exit-status.ts';
import {finishContainer, finishLocked} from './finish-container.ts';
import {resumeToEnd} from './pause-container.ts';
import {startLocked} from './start-container.ts';
import {intendStop, isStopSignal} from './stop-intent.ts';

export interface StopOptions {
  /** Default: the container's, then the image's, then SIGTERM. */
  signal?: string;
  /** Until SIGKILL; negative waits for ever. Default: the container's, then the configuration's. */
  timeoutSeconds?: number;
  /** Who asks: decides what the next boot does. Default: a person. */
  by?: StoppedBy;
  /** It ends in order to be removed, which Docker does not call a stop. Default false. */
  forRemoval?: boolean;
}

/**
 * Ends a container: the stop signal, then SIGKILL. Its restart policy does not act on this end, and a restart that waits is
 * called off. Returns when all is cleaned up. Not running: does nothing.
 */
export async function stopContainer(
  context: ContainerContext,
  record: ContainerRecord,
  options: StopOptions = {},
): Promise<void> {
  using _attendant = await attendContainer(context.roots, record.id);
  await intendStop(context, record.id, options.by ?? 'person');
  const wasRunning = await endProcess(context, record, options);
  await finishContainer(context, record.id, {isStop: wasRunning && !options.forRemoval});
}

/**
 * Stops and starts again, as one step for every other command; --rm does not remove in between. Throws EngineError
 * 'state-busy', and leaves it as it is, while its files are copied.
 */
export async function restartContainer(
  context: ContainerContext,
  record: ContainerRecord,
  options: StopOptions = {},
): Promise<void> {
  const {id} = record;
  using _attendant = await attendContainer(context.roots, id);
  await withContainerLock(context.roots, id, async () => {
    // Before it is ended: it could not start again.
    await refuseIfViewed(context.roots, record);
    context.rootfs.refuseDamaged(record);
    const wasRunning = await endProcess(context, record, options);
    await finishLocked(context, id, {next: 'start', isStop: wasRunning});
    await startLocked(context, id, {attach: false});
    context.tell(containerEvent('restart', record));
  });
}

// Returns when PID 1 has ended. Not running: does nothing, and says false.
async function endProcess(
  context: ContainerContext,
  record: ContainerRecord,
  options: StopOptions,
): Promise<boolean> {
  if (!isRunning(context, record.id)) return false;
  const signal = options.signal ?? record.options.stopSignal ?? record.imageConfig.StopSignal ?? 'SIGTERM';
  const timeoutSeconds =
    options.timeoutSeconds ?? record.options.stopTimeoutSeconds ?? context.config.shutdownTimeoutSeconds;
  await signalIfRunning(context, record.id, signal);
  tellSignal(context, record, signal);
  await resumeToEnd(context, record.id);
  if (await endsWithin(context, record.id, timeoutSeconds)) return true;
  await signalIfRunning(context, record.id, 'SIGKILL');
  await resumeToEnd(context, record.id);
  tellSignal(context, record, 'SIGKILL');
  await waitForEnd(context, record.id);
  return true;
}

/**
 * Sends a signal to PID 1. One that asks it to end is a stop by a person, for its restart policy too. Throws EngineError
 * 'container-not-running'.
 */
export async function killContainer(
  context: ContainerContext,
  record: ContainerRecord,
  signal: string,
): Promise<void> {
  const isStop = isStopSignal(record, signal);
  if (isStop && (await intendStop(context, record.id, 'person')) === 'called-off') return;
  if (!isRunning(context, record.id)) {
    throw new EngineError('container-not-running', `cannot kill container: ${record.name} is not running`);
  }
  await context.crun.kill(record.id, signal);
  tellSignal(context, record, signal);
  if (isStop) await resumeToEnd(context, record.id);
}

/**
 * Waits until the container has ended and was cleaned up. One that never ran, or has ended, answers at once. Whoever
 * started it knows its end first from `conmonEnd`.
 */
export async function waitForContainer(
  context: ContainerContext,
  id: string,
  {signal, conmonEnd}: {signal?: AbortSignal; conmonEnd?: ConmonEnd} = {},
): Promise<ExitStatus> {
  using _attendant = await attendContainer(context.roots, id);
  let firstEnd = conmonEnd?.wait();
  for (;;) {
    await (firstEnd ?? waitForEnd(context, id, signal));
    // It may have been restarted meanwhile, which conmonEnd does not know of.
    firstEnd = undefined;
    signal?.throwIfAborted();
    const exit = await finishContainer(context, id);
    if (exit) return exit;
  }
}

async function waitForEnd(context: ContainerContext, id: string, signal?: AbortSignal): Promise<void> {
  const record = context.records.get(id);
  if (record?.status !== 'running' || !record.conmon) return;
  await waitForExit(containerPaths(context.roots, id).runFolder, id, record.conmon, signal);
}

async function endsWithin(context: ContainerContext, id: string, seconds: number): Promise<boolean> {
  const stopWaiting = new AbortController();
  const end = waitForEnd(context, id, stopWaiting.signal).then(
    () => true,
    (error: unknown) => {
      if (stopWaiting.signal.aborted) return false;
      throw error;
    },
  );
  if (seconds < 0) return await end;
  const timer = sleep(seconds * 1000, false, {signal: stopWaiting.signal}).catch(() => false);
  const ended = await Promise.race([end, timer]);
  stopWaiting.abort();
  return ended;
}

function isRunning(context: ContainerContext, id: string): boolean {
  return context.records.get(id)?.status === 'running';
}

/** Signals PID 1. A signal that comes after the container's end is dropped. */
export async function signalIfRunning(context: ContainerContext, id: string, signal: string): Promise<void> {
  try {
    await context.crun.kill(id, signal);
  } catch (error) {
    if (!isEngineError(error, 'container-not-running')) throw error;
  }
}
