// The file of `-o`: whole when the command succeeds, and otherwise as it was. Docker's rules and words for where it may be.
import {randomUUID} from 'node:crypto';
import {lstatSync, type Stats} from 'node:fs';
import {open, rename, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {errnoOf} from '../../errors.ts';
import {UsageError} from '../usage-error.ts';

/**
 * Writes the pieces beside the file and moves them to its place, durably. `task` begins the message of what cannot be: 'failed to
 * export container'. Throws UsageError, and what `pieces` throws.
 */
export async function writeOutputFile(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  task: string,
): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}-${randomUUID().slice(0, 8)}.tmp`);
  // What the pieces fail with has nothing to do with this file.
  const here = async <T>(action: Promise<T>): Promise<T> => {
    try {
      return await action;
    } catch (error) {
      throw isOfFileSystem(error) ? refusal(task, withoutName(error), hintFor(error)) : error;
    }
  };
  try {
    const file = await here(open(beside, 'wx', 0o600));
    try {
      for await (const piece of pieces) await here(file.writeFile(piece));
      await here(file.sync());
    } finally {
      await file.close();
    }
    await here(rename(beside, path));
  } catch (error) {
    await rm(beside, {force: true});
    throw error;
  }
  await here(syncFolder(dirname(path)));
}

// Not every file system that is mounted over a network has it for folders.
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } catch (error) {
    if (errnoOf(error) !== 'EINVAL') throw error;
  } finally {
    await folder.close();
  }
}

/** Before there is anything to write. Throws UsageError. */
export function checkOutputFile(path: string, task: string): void {
  const folder = dirname(path);
  if (!lstatSync(folder, {throwIfNoEntry: false}))
    throw refusal(task, `invalid output path: stat ${folder}: no such file or directory`);
  const found = lstatSync(path, {throwIfNoEntry: false});
  const kind = found && kindOf(found);
  if (kind !== undefined) throw refusal(task, `cannot write to a ${kind}`);
}

function kindOf(stat: Stats): string | undefined {
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symbolic link directly';
  if (stat.isCharacterDevice()) return 'character device file';
  if (stat.isBlockDevice()) return 'block device file';
  if (stat.isFIFO()) return 'named pipe (FIFO)';
  return stat.isSocket() ? 'socket' : undefined;
}

function refusal(task: string, why: string, hint = 'name a file in a folder that is there'): UsageError {
  return new UsageError(`${task}: ${why}`, {exit: 1, hint});
}

function hintFor(error: Error): string | undefined {
  const isFull = ['ENOSPC', 'EDQUOT'].includes(errnoOf(error) ?? '');
  return isFull ? 'free some space there, or name a file on another disk' : undefined;
}

function isOfFileSystem(error: unknown): error is Error {
  return error instanceof Error && errnoOf(error) !== undefined && 'syscall' in error;
}

// 'ENOSPC: no space left on device, write' begins with a name that tells nobody anything.
function withoutName(error: Error): string {
  return error.message.replace(/^E[A-Z0-9]+: /, '');
}
