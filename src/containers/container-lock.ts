// Who may change a container, and who will clean it up. Both locks are gone with their holder: the container's lock is held
// for moments, by whoever changes its state; the attendants' lock is held for as long as a command means to clean up when
// the container ends, so that conmon's exit command need not. The third one, its viewers', is in container-viewers.ts.
import {existsSync, readdirSync, rmSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {errnoOf} from '../errors.ts';
import {type FileLock, lockFile, tryLockFile} from '../system/file-lock.ts';
import {containerPaths, type EngineRoots} from './container-paths.ts';

/** Runs `action` while nobody else changes the container. Waits for its turn; throws EngineError 'state-busy'. */
export async function withContainerLock<T>(
  roots: EngineRoots,
  id: string,
  action: () => Promise<T> | T,
): Promise<T> {
  const {lockFile: path} = containerPaths(roots, id);
  await ensureFolder(dirname(path));
  using _lock = await lockFile(path, 'exclusive', {timeoutMs: 120_000});
  return await action();
}

/** As withContainerLock, but returns undefined at once when somebody else holds the lock: they are at work on it. */
export async function tryWithContainerLock<T>(
  roots: EngineRoots,
  id: string,
  action: () => Promise<T> | T,
): Promise<T | undefined> {
  const {lockFile: path} = containerPaths(roots, id);
  await ensureFolder(dirname(path));
  using lock = tryLockFile(path, 'exclusive');
  return lock && (await action());
}

/** Promises to clean up when the container ends, until released. Any number of commands may. */
export async function attendContainer(roots: EngineRoots, id: string): Promise<FileLock> {
  const {attendantsFile} = containerPaths(roots, id);
  await ensureFolder(dirname(attendantsFile));
  return await lockFile(attendantsFile, 'shared');
}

/**
 * Removes its lock files. Only by who holds the container's lock and has deleted its row: a command that still
 * waits for the lock gets it on a file that has no name any more, finds no row, and says so. An id never returns.
 */
export function removeContainerLocks(roots: EngineRoots, id: string): void {
  const {lockFile: path, attendantsFile, viewersFile} = containerPaths(roots, id);
  rmSync(viewersFile, {force: true});
  rmSync(attendantsFile, {force: true});
  rmSync(path, {force: true});
}

/**
 * Removes the lock files of commands that were killed just before a container's row was there, or just after it was
 * deleted. The caller holds the store's lock exclusively, so that nobody creates. `isKnown` asks for a row.
 */
export function sweepContainerLocks({runRoot}: EngineRoots, isKnown: (id: string) => boolean): void {
  const locks = join(runRoot, 'locks');
  if (!existsSync(locks)) return;
  for (const name of readdirSync(locks)) {
    if (!isKnown(name.replace(/\.(attendants|viewers)$/, ''))) rmSync(join(locks, name), {force: true});
  }
}

/**
 * What conmon runs when the container ends: waits until no command attends, and when none of them has cleaned up
 * (its run folder is still there), cleans up. A shell waits, because it costs a twentieth of a crundle.
 */
export function exitCommand(roots: EngineRoots, id: string, cleanup: readonly string[]): string[] {
  const {attendantsFile, runFolder} = containerPaths(roots, id);
  // The redirection fails, and the shell ends, when the container is already removed.
  const script = 'exec 9<"$1" && flock 9; [ -e "$2" ] || exit 0; exec 9<&-; shift 2; exec "$@"';
  return ['/bin/sh', '-c', script, 'crundle-exit', attendantsFile, runFolder, ...cleanup];
}

async function ensureFolder(path: string): Promise<void> {
  try {
    await mkdir(path, {recursive: true, mode: 0o700});
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}
