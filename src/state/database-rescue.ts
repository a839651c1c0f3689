// What a damaged state file still has, copied into a new one that takes its place at once, or not at all.
import {existsSync, linkSync, renameSync, rmSync} from 'node:fs';
import {dirname} from 'node:path';
import type {DatabaseSync, SQLOutputValue} from 'node:sqlite';
import {nameForDamaged} from '../system/damaged-name.ts';
import {syncFolder} from '../system/durable-file.ts';
import {StateDatabase} from './database.ts';
import {columnsOf, openReadOnly, stateTables} from './database-check.ts';
import {describeFailure, isDamage, isRuleViolation} from './sqlite-failure.ts';

export interface DatabaseRescue {
  /** Where the damaged file is kept; undefined when there was none. */
  keptAs: string | undefined;
  /** Rows that are in the new file, by table. */
  rows: Record<string, number>;
  /** Tables that could not be read to their end. */
  incomplete: string[];
}

/**
 * Puts a new state file, with every row that could be read, in the place of a damaged one, which is kept beside it. Atomic and
 * durable: on failure the damaged one is as it was. Nobody else may use it meanwhile. Throws what StateDatabase throws.
 */
export async function rescueDatabase(path: string): Promise<DatabaseRescue> {
  const rescue: DatabaseRescue = {keptAs: undefined, rows: {}, incomplete: []};
  const fresh = `${path}.new`;
  // What a killed one has left.
  removeDatabase(fresh);
  try {
    copyAll(path, fresh, rescue);
  } catch (error) {
    removeDatabase(fresh);
    throw error;
  }
  const keptAs = nameForDamaged(path);
  if (existsSync(path)) rescue.keptAs = keptAs;
  for (const end of ['', '-wal']) if (existsSync(path + end)) linkSync(path + end, keptAs + end);
  await syncFolder(dirname(path));
  // First: the log of the old one would be taken for the new one's.
  for (const end of ['-wal', '-shm']) rmSync(path + end, {force: true});
  renameSync(fresh, path);
  await syncFolder(dirname(path));
  return rescue;
}

function removeDatabase(path: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, {force: true});
}

function copyAll(path: string, freshPath: string, rescue: DatabaseRescue): void {
  using fresh = new StateDatabase(freshPath);
  if (existsSync(path)) {
    using damaged = openDamaged(path);
    if (damaged) {
      const copy = () => {
        for (const table of stateTables) copyTable(damaged, fresh, table, rescue);
      };
      fresh.transaction(copy, {durable: true});
    } else rescue.incomplete.push('all');
  }
  fresh.checkpoint();
}

function openDamaged(path: string): DatabaseSync | undefined {
  try {
    return openReadOnly(path);
  } catch (error) {
    if (!isDamage(error)) throw describeFailure(error, path);
    return undefined;
  }
}

function copyTable(damaged: DatabaseSync, fresh: StateDatabase, table: string, rescue: DatabaseRescue): void {
  const columns = columnsOf(fresh, table).filter((column) => column !== 'digest');
  const names = columns.join(', ');
  const insert = fresh.prepare(
    `INSERT OR IGNORE INTO ${table} (${names}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  let copied = 0;
  for (const row of readableRows(damaged, table, names, rescue)) {
    const values = columns.map((column) => row[column] ?? null);
    try {
      copied += Number(insert.run(...values).changes);
    } catch (error) {
      // A row that breaks the new table's rules is damage.
      if (!isRuleViolation(error)) throw error;
    }
  }
  rescue.rows[table] = copied;
}

/** Some of them twice. What is thrown while a row is used is not taken for damage. */
function* readableRows(
  damaged: DatabaseSync,
  table: string,
  names: string,
  {incomplete}: DatabaseRescue,
): Generator<Record<string, SQLOutputValue>> {
  const proof = hasDigests(damaged, table) ? `WHERE digest IS row_digest(${names})` : '';
  // From both ends: a damaged page in the middle costs only itself.
  for (const order of ['ASC', 'DESC']) {
    try {
      // Rows of which a bit has flipped are left behind: nobody knows which.
      yield* damaged
        .prepare(`SELECT ${names} FROM ${table} NOT INDEXED ${proof} ORDER BY rowid ${order}`)
        .iterate();
      return;
    } catch (error) {
      if (!isDamage(error)) throw error;
      if (!incomplete.includes(table)) incomplete.push(table);
    }
  }
}

// A file of an earlier schema has none.
function hasDigests(damaged: DatabaseSync, table: string): boolean {
  try {
    return columnsOf(damaged, table).includes('digest');
  } catch (error) {
    if (!isDamage(error)) throw error;
    return true;
  }
}
