// `pause` and `unpause`. The record of a paused container says 'running': that it is paused is asked of the kernel, which
// alone knows after a kill or a `crun resume` by hand. A mark in the run folder spares the others the question.
import {existsSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {EngineError, isEngineError} from '../errors.ts';
import {isFrozen} from '../runtime/running-cgroup.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {ContainerContext} from './container-context.ts';
import {containerEvent} from './container-event.ts';
import {removeContainerLocks, withContainerLock} from './container-lock.ts';
import {containerPaths} from './container-paths.ts';

type Container = Pick<ContainerRecord, 'id' | 'name' | 'status'>;

/** True while all processes of the container stand still. */
export function isPaused(context: ContainerContext, {id, status}: Pick<Container, 'id' | 'status'>): boolean {
  return status === 'running' && existsSync(markOf(context, id)) && isFrozen(context.crun.root, id);
}

function markOf({roots}: ContainerContext, id: string): string {
  return join(containerPaths(roots, id).runFolder, 'paused');
}

/** Throws EngineError 'container-not-running', 'container-paused'. */
export async function pauseContainer(context: ContainerContext, id: string): Promise<void> {
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
    writeFileSync(markOf(context, id), '');
    await context.crun.pause(id);
    context.tell(containerEvent('pause', record));
  });
}

/** Throws EngineError 'container-not-paused'. */
export async function unpauseContainer(context: ContainerContext, id: string): Promise<void> {
  await withRecord(context, id, async (record) => {
    if (!isPaused(context, record)) {
      throw new EngineError('container-not-paused', `container ${record.name} is not paused`);
    }
    await context.crun.resume(id);
    rmSync(markOf(context, id), {force: true});
    context.tell(containerEvent('unpause', record));
  });
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
  rmSync(markOf(context, id), {force: true});
}

/** For what a paused container cannot do. Throws EngineError 'container-paused' with these words. */
export function refuseIfPaused(context: ContainerContext, record: Container, words: string): void {
  if (!isPaused(context, record)) return;
  throw new EngineError('container-paused', words, {
    hint: `'crundle unpause ${record.name}' lets it go on`,
  });
}
