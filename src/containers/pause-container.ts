// `pause` and `unpause`.
import {rmSync, writeFileSync} from 'node:fs';
import {EngineError, isEngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {ContainerContext} from './container-context.ts';
import {containerEvent} from './container-event.ts';
import {removeContainerLocks, withContainerLock} from './container-lock.ts';
import {resumeHealthChecks, suspendHealthChecks} from './health/health-checks.ts';
import {isPaused, pausedMark} from './pause-state.ts';

type Container = Pick<ContainerRecord, 'id' | 'name' | 'status'>;

/**
 * `owner` is what its mark says: of a pause for a command's own sake (pause-owner.ts). Throws EngineError
 * 'container-not-running', 'container-paused'.
 */
export async function pauseContainer(context: ContainerContext, id: string, owner = ''): Promise<void> {
  await withRecord(context, id, async (record) => {
    if (record.status === 'restarting') {
      throw new EngineError(
        'container-not-running',
        `container ${record.name} is restarting, wait until the container is running`,
      );
    }
    if (record.status !== 'running') {
      throw new EngineError('container-not-running', `container ${record.name} is not running`, {
        hint: `'crundle start ${record.name}' starts it`,
      });
    }
    if (isPaused(context, record)) {
      throw new EngineError('container-paused', `container ${record.name} is already paused`);
    }
    // The mark comes first: without it nobody would ask.
    writeFileSync(pausedMark(context, id), owner);
    // Before it too: a killed command leaves one that runs and is not probed, which is found, and none that is paused and probed.
    suspendHealthChecks(context, record);
    try {
      await context.crun.pause(id);
    } catch (error) {
      await resumeHealthChecks(context, record);
      throw error;
    }
    context.tell(containerEvent('pause', record));
  });
}

/** Throws EngineError 'container-not-paused'. */
export async function unpauseContainer(context: ContainerContext, id: string): Promise<void> {
  await withRecord(context, id, async (record) => {
    if (!isPaused(context, record)) {
      throw new EngineError('container-not-paused', `container ${record.name} is not paused`);
    }
    await resumePaused(context, record);
  });
}

/** Lets a paused container go on. The caller holds the container's lock. */
export async function resumePaused(context: ContainerContext, record: ContainerRecord): Promise<void> {
  await context.crun.resume(record.id);
  rmSync(pausedMark(context, record.id), {force: true});
  await resumeHealthChecks(context, record);
  context.tell(containerEvent('unpause', record));
}

async function withRecord(
  context: ContainerContext,
  id: string,
  action: (record: ContainerRecord) => Promise<void>,
): Promise<void> {
  await withContainerLock(context.roots, id, async () => {
    const record = context.records.get(id);
    if (record) return await action(record);
    // Removed since: taking the lock has made its file anew.
    removeContainerLocks(context.roots, id);
    throw new EngineError('container-not-found', `no such container: ${id}`);
  });
}

/**
 * Lets a paused container go on, so that a signal that was sent to it arrives. Without a lock, as the signal itself; one
 * that ends meanwhile is no failure.
 */
export async function resumeToEnd(context: ContainerContext, id: string): Promise<void> {
  const record = context.records.get(id);
  if (!record || !isPaused(context, record)) return;
  try {
    await context.crun.resume(id);
  } catch (error) {
    if (!isEngineError(error, 'container-not-running') && isPaused(context, record)) throw error;
  }
  rmSync(pausedMark(context, id), {force: true});
}

/** For what a paused container cannot do. Throws EngineError 'container-paused' with these words. */
export function refuseIfPaused(context: ContainerContext, record: Container, words: string): void {
  if (!isPaused(context, record)) return;
  throw new EngineError('container-paused', words, {
    hint: `'crundle unpause ${record.name}' lets it go on`,
  });
}
