// The generations of a log: `ctr.log`, then `ctr.log.1`, older, and so on. conmon begins a new file at the size limit by
// renaming it over the old one, which would be lost: so the newest file always has a second name, `ctr.log.1`, and
// every crundle command that meets the container moves the names on (docs/decisions/0040).
import {closeSync, constants, linkSync, openSync, renameSync, rmSync, statSync, unlinkSync} from 'node:fs';
import {dirname} from 'node:path';
import {errnoOf} from '../errors.ts';
import {tryFlock} from '../system/libc.ts';

export interface LogTarget {
  /** Absolute, without a colon. */
  path: string;
  /** The size at which a new file begins. 0: never. */
  maxBytes: number;
  /** How many files rotateLog keeps. */
  maxFiles: number;
}

/**
 * Gives the newest file its second name if conmon has begun a new one, and drops the oldest. A few system calls when
 * nothing has changed. Nothing happens while another process does it, or without a log. Idempotent.
 */
export function rotateLog(path: string, maxFiles: number): void {
  if (maxFiles < 2) return;
  const folder = openFolder(dirname(path));
  if (folder === undefined) return;
  try {
    if (tryFlock(folder, 'exclusive')) moveNames(path, maxFiles);
  } finally {
    closeSync(folder);
  }
}

// Another command may be removing the container.
function openFolder(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Before conmon opens the log: makes the file and its second name. conmon counts from zero and would let a file of
 * many runs grow without end, so a file that is half full is not continued. No file is larger than 1.5 x the limit.
 */
export function prepareLog({path, maxBytes, maxFiles}: LogTarget): void {
  rotateLog(path, maxFiles);
  if (maxBytes > 0 && (statSync(path, {throwIfNoEntry: false})?.size ?? 0) >= maxBytes / 2) unlinkSync(path);
  closeSync(openSync(path, 'a', 0o600));
  rotateLog(path, maxFiles);
}

export interface LogGeneration {
  path: string;
  inode: number;
}

/** What there is of a log, oldest first, each file once. */
export function logGenerations(path: string, maxFiles: number): LogGeneration[] {
  const found: LogGeneration[] = [];
  for (const name of generationPaths(path, maxFiles)) {
    const inode = inodeOf(name);
    if (inode !== undefined && found.every((file) => file.inode !== inode)) found.push({path: name, inode});
  }
  return found.reverse();
}

/** Removes all of a log. Idempotent. */
export function removeLog(path: string, maxFiles: number): void {
  for (const name of [...generationPaths(path, maxFiles), `${path}.tmp`]) rmSync(name, {force: true});
}

function moveNames(path: string, maxFiles: number): void {
  const newest = inodeOf(path);
  if (newest === undefined || newest === inodeOf(`${path}.1`)) return;
  for (let age = maxFiles - 2; age >= 1; age -= 1) {
    try {
      renameSync(`${path}.${age}`, `${path}.${age + 1}`);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }
  // With two files there is nowhere to move the older one to.
  rmSync(`${path}.1`, {force: true});
  linkSync(path, `${path}.1`);
}

function generationPaths(path: string, maxFiles: number): string[] {
  return [path, ...Array.from({length: Math.max(maxFiles - 1, 0)}, (_, index) => `${path}.${index + 1}`)];
}

function inodeOf(path: string): number | undefined {
  return statSync(path, {throwIfNoEntry: false})?.ino;
}
