// Who has the files of a container mounted for itself, as `cp` does: two overlay mounts on one upper folder are undefined
// behaviour in the kernel. A view begins under the container's lock and outlives it, with the viewers' lock in its place.
import {existsSync} from 'node:fs';
import {EngineError, isEngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {type FileLock, lockFile, tryLockFile} from '../system/file-lock.ts';
import {containerPaths, type EngineRoots} from './container-paths.ts';

/** A copy of some files is over by then. */
const patienceMs = 2000;

/**
 * For who holds the container's lock, and keeps this one for as long as the view lives. Any number may share the mount of a
 * container that runs; only one can have a mount of its own. Undefined while somebody is in the way.
 */
export function tryViewContainer(
  roots: EngineRoots,
  {id, status}: Pick<ContainerRecord, 'id' | 'status'>,
): FileLock | undefined {
  return tryLockFile(containerPaths(roots, id).viewersFile, status === 'running' ? 'shared' : 'exclusive');
}

/** For who does not hold the container's lock, which others need meanwhile. Throws EngineError 'state-busy'. */
export async function awaitNoViewer(roots: EngineRoots, id: string): Promise<void> {
  (await lockFile(containerPaths(roots, id).viewersFile, 'exclusive')).release();
}

/**
 * Before the root filesystem is mounted, or a container ends in order to be started again. The caller holds the container's
 * lock, so that nobody comes to look afterwards. Throws EngineError 'state-busy'.
 */
export async function refuseIfViewed(
  roots: EngineRoots,
  {id, name}: Pick<ContainerRecord, 'id' | 'name'>,
): Promise<void> {
  const {viewersFile} = containerPaths(roots, id);
  if (!existsSync(viewersFile)) return;
  try {
    (await lockFile(viewersFile, 'exclusive', {timeoutMs: patienceMs})).release();
  } catch (error) {
    if (!isEngineError(error, 'state-busy')) throw error;
    throw new EngineError('state-busy', `cannot start container ${name}: its files are being copied`, {
      hint: `start it when that has ended; 'fuser -v ${viewersFile}' names the process that copies`,
      cause: error,
    });
  }
}
