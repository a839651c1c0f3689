// How a container ended, as conmon wrote it down in the run folder, and waiting for that. Reads only.
import {existsSync, type FSWatcher, readFileSync, statSync, watch} from 'node:fs';
import {join} from 'node:path';
import {EngineError, errnoOf} from '../errors.ts';
import {isAlive, type ProcessIdentity} from '../system/process-identity.ts';

export interface ContainerExit {
  /** The command's, or 128 and the number of the signal that ended it. */
  exitCode: number;
  finishedAt: Date;
  /** The kernel killed a process of the container for want of memory. */
  oomKilled: boolean;
  /**
   * False when conmon was killed, or the run folder is gone: nobody saw the end, the exit code is Docker's 255 and the
   * time is now. The container itself may still run: ask crun, and kill it.
   */
  known: boolean;
}

// How long a killed conmon goes unnoticed. A container's own end is noticed at once.
const livenessMs = 500;

/** Undefined as long as the container has not ended, or has never started. */
export function readExit(runFolder: string, id: string): ContainerExit | undefined {
  const path = join(runFolder, 'exit', id);
  try {
    const exitCode = Number(readFileSync(path, 'latin1'));
    return {exitCode, finishedAt: statSync(path).mtime, oomKilled: isOomKilled(runFolder), known: true};
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Waits until conmon has written the exit file or is gone. The file comes after the end of the output, so that there
 * is a moment when both the container and its exit code are not there. Throws EngineError 'cancelled'.
 *
 * The process that created the container has a faster way: `conmonEnd.wait()`, then `exitAfter`.
 */
export async function waitForExit(
  runFolder: string,
  id: string,
  conmon: ProcessIdentity,
  signal?: AbortSignal,
): Promise<ContainerExit> {
  const {promise, resolve, reject} = Promise.withResolvers<ContainerExit>();
  const look = () => {
    const exit = readExit(runFolder, id);
    if (exit) resolve(exit);
  };
  const cancel = () =>
    reject(new EngineError('cancelled', `waiting for container ${id.slice(0, 12)} was cancelled`));
  // Watch first, look afterwards: a file written in between is seen by one of the two.
  const watcher = watchExits(runFolder, look);
  const timer = setInterval(() => {
    if (!isAlive(conmon)) resolve(exitAfter(runFolder, id));
  }, livenessMs);
  signal?.addEventListener('abort', cancel, {once: true});
  try {
    if (signal?.aborted) cancel();
    else if (isAlive(conmon)) look();
    else resolve(exitAfter(runFolder, id));
    return await promise;
  } finally {
    watcher?.close();
    clearInterval(timer);
    signal?.removeEventListener('abort', cancel);
  }
}

/** How the container ended, once conmon is known to have ended: an exit file that is missing now never comes. */
export function exitAfter(runFolder: string, id: string): ContainerExit {
  return (
    readExit(runFolder, id) ?? {
      exitCode: 255,
      finishedAt: new Date(),
      oomKilled: isOomKilled(runFolder),
      known: false,
    }
  );
}

function isOomKilled(runFolder: string): boolean {
  return existsSync(join(runFolder, 'oom'));
}

// A run folder that was removed meanwhile cannot be watched: conmon's end tells.
function watchExits(runFolder: string, look: () => void): FSWatcher | undefined {
  try {
    return watch(join(runFolder, 'exit'), look).on('error', look);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
