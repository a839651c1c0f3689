// The store's lock for whoever sweeps after a boot. Others wait for it however long it reads: they would take the last boot's
// containers for ones that have just ended, and start them again by their restart policy.
import {setTimeout as sleep} from 'node:timers/promises';
import {type FileLock, tryLockFile} from '../system/file-lock.ts';

/**
 * The lock, exclusive; undefined when somebody else has swept meanwhile, or when after `patienceMs` the lock is shared: by a pull that
 * began before the mark went, where the run root was removed by hand.
 */
export async function lockToSweep(
  path: string,
  isSwept: () => boolean,
  patienceMs = 30_000,
): Promise<FileLock | undefined> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const lock = tryLockFile(path, 'exclusive');
    if (lock || isSwept()) return lock;
    if (performance.now() > deadline) {
      using shared = tryLockFile(path, 'shared');
      if (shared) return undefined;
    }
    await sleep(25);
  }
}
