// What tells this boot from the one before it, and when that one last did something. A board without a clock of its own may
// live in the past, and its next boot may not.
import {mkdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Config} from '../config/config.ts';
import {writeDurableFile} from '../system/durable-file.ts';
import {readOptionalFile} from '../system/optional-file.ts';

type Roots = Pick<Config, 'dataRoot' | 'runRoot'>;

/** A boot that nobody has swept for yet. Times are milliseconds since 1970 by the clock of then. */
export interface NewBoot {
  id: string;
  /** When the boot before did something that can be seen; 0 for a new store. */
  lastSignMs: number;
}

/** Longer than any card or kernel keeps what it has been given. */
const windowMs = 5 * 60_000;

const markPath = ({runRoot}: Roots) => join(runRoot, 'boot-id');
const cleanPath = (dataRoot: string) => join(dataRoot, 'clean-shutdown');
const behindPath = (dataRoot: string) => join(dataRoot, 'clock-behind');

/** The kernel's: a run root that is not a tmpfs would keep a plain mark across a reboot. */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
}

export function isSwept(roots: Roots, bootId: string): boolean {
  return readOptionalFile(markPath(roots)) === bootId;
}

export async function markSwept(roots: Roots, bootId: string): Promise<void> {
  await writeDurableFile(markPath(roots), bootId);
}

/**
 * This boot, when nobody has swept for it. To be asked before anything of the data root is opened: SQLite's first statement is a
 * sign of life too. Whoever asks again, after a kill or a check, is told the same.
 */
export function findNewBoot(roots: Roots): NewBoot | undefined {
  const id = readBootId();
  if (isSwept(roots, id)) return undefined;
  // Before the file is asked for: whoever has not written it has opened nothing yet.
  const lastSignMs = newestSign(roots.dataRoot);
  mkdirSync(roots.runRoot, {recursive: true, mode: 0o700});
  const path = join(roots.runRoot, 'last-sign-of-life');
  const known = readOptionalFile(path);
  if (known?.startsWith(id)) return {id, lastSignMs: Number(known.slice(id.length))};
  writeFileSync(path, `${id}${lastSignMs}\n`, {mode: 0o600});
  return {id, lastSignMs};
}

function newestSign(dataRoot: string): number {
  const files = ['crundle.db', 'crundle.db-wal', 'events/log', 'layers', 'images/index.json'];
  return Math.max(...files.map((name) => timeOf(join(dataRoot, name))));
}

/** What is older was on disk for certain when the last boot ended. */
export function inFlightSince(dataRoot: string, {lastSignMs}: NewBoot): number {
  const clean = timeOf(cleanPath(dataRoot));
  const livedInPast = readOptionalFile(behindPath(dataRoot));
  if (livedInPast === undefined) return Math.max(clean, lastSignMs - windowMs);
  // Marks and signs may be of an earlier boot, from what was the future: only a mark of that very boot counts.
  return readOptionalFile(cleanPath(dataRoot)) === livedInPast ? clean : timeOf(behindPath(dataRoot));
}

/** Says for the next boot whether this one begins, by its clock, before the last one ended. */
export async function noteClock(dataRoot: string, {id, lastSignMs}: NewBoot): Promise<void> {
  if (Date.now() < Math.max(timeOf(cleanPath(dataRoot)), lastSignMs)) {
    await writeDurableFile(behindPath(dataRoot), id);
  } else rmSync(behindPath(dataRoot), {force: true});
}

/** Says, durably, that in this boot what is older than `at` is on disk. */
export async function markCleanSince(dataRoot: string, at: Date): Promise<void> {
  await writeDurableFile(cleanPath(dataRoot), readBootId(), 0o600, at);
}

function timeOf(path: string): number {
  return statSync(path, {throwIfNoEntry: false})?.mtimeMs ?? 0;
}
