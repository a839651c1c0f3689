// Advisory locks between crundle processes: flock(2) on a file made for it. The kernel drops the lock when its
// holder dies, so a kill -9 never leaves one behind, and the lock file itself is never removed while in use.
import {closeSync, openSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {EngineError} from '../errors.ts';
import {tryFlock} from './libc.ts';
import {beginCall, commandLine} from './trace.ts';

export type LockMode = 'shared' | 'exclusive';

/** A lock that is held. `release` is idempotent; the lock also goes when the process ends. */
export interface FileLock extends Disposable {
  release(): void;
}

/** Takes the lock if nobody is in the way, else returns undefined. Creates the file (mode 0600). */
export function tryLockFile(path: string, mode: LockMode): FileLock | undefined {
  const fd = openSync(path, 'a', 0o600);
  if (!tryFlock(fd, mode)) {
    closeSync(fd);
    return undefined;
  }
  let held = true;
  const release = () => {
    if (held) closeSync(fd);
    held = false;
  };
  return {release, [Symbol.dispose]: release};
}

/**
 * Waits for the lock, asking again every few milliseconds (flock itself would block the event loop).
 * Throws EngineError 'state-busy' after `timeoutMs` (default 120,000), 'cancelled' when `signal` aborts.
 */
export async function lockFile(
  path: string,
  mode: LockMode,
  options: {timeoutMs?: number; signal?: AbortSignal} = {},
): Promise<FileLock> {
  const call = beginCall();
  // Not by the calendar, which jumps from 1970 on boards without a battery.
  const deadline = performance.now() + (options.timeoutMs ?? 120_000);
  for (let delayMs = 1; ; delayMs = Math.min(delayMs * 2, 25)) {
    if (options.signal?.aborted) throw new EngineError('cancelled', `waiting for ${path} was cancelled`);
    const lock = tryLockFile(path, mode);
    if (lock) {
      // Not the many that nobody else held.
      if (delayMs > 1) call?.end(commandLine(['flock', `--${mode}`, path]), 'waited');
      return lock;
    }
    if (performance.now() > deadline) {
      throw new EngineError('state-busy', `another crundle command has held ${path} for too long`, {
        hint: `'fuser -v ${path}' names the process that holds it`,
      });
    }
    await sleep(delayMs);
  }
}
