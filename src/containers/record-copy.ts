// record.json in a container's folder: its records once more, for when the database loses them.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {errnoOf} from '../errors.ts';
import {isRehearsal} from '../system/rehearsal.ts';
import type {ContainerContext} from './container-context.ts';
import {containerPaths} from './container-paths.ts';

export function recordCopyPath(containerFolder: string): string {
  return join(containerFolder, 'record.json');
}

/**
 * Writes it anew, after each change of what a person asked for. Not durable: the database is, and the copy is looked at when that is
 * damaged. A copy that is cut short is known by its digest.
 */
export function keepRecordCopy({records, roots}: ContainerContext, id: string): void {
  // Its folder is none, and its script need not tell of this.
  if (isRehearsal()) return;
  const text = records.copy(id);
  if (text === undefined) return;
  try {
    writeFileSync(recordCopyPath(containerPaths(roots, id).folder), text, {mode: 0o600});
  } catch (error) {
    // One whose files are gone can still be renamed.
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
