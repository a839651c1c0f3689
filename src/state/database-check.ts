// Whether the state file can be believed, asked of SQLite without changing it; and what a damaged one still has, copied into a
// new one. Opens the file by itself: StateDatabase refuses a damaged one.
import {existsSync, renameSync} from 'node:fs';
import type {DatabaseSync} from 'node:sqlite';
import {errnoOf} from '../errors.ts';
import {StateDatabase} from './database.ts';

const maxProblems = 20;

/**
 * What is wrong with the state file; nothing when it is whole, or not there. `deep` compares indexes and tables too. A file
 * of an earlier schema is looked at alike.
 */
export function checkDatabase(path: string, {deep}: {deep: boolean}): string[] {
  if (!existsSync(path)) return [];
  try {
    using database = openReadOnly(path);
    const pragma = deep ? 'integrity_check' : 'quick_check';
    const rows = database.prepare(`PRAGMA ${pragma}(${maxProblems})`).all();
    const problems = rows.flatMap((row) => Object.values(row).map(String)).filter((text) => text !== 'ok');
    return problems.length > 0 ? problems : checkRows(database);
  } catch (error) {
    if (!isSqlite(error)) throw error;
    return [error.message];
  }
}

// SQLite does not know what the text in a row should be: JSON that a flipped bit has broken is found here.
function checkRows(database: DatabaseSync): string[] {
  const known = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  if (!known.some(({name}) => name === 'containers')) return ['the table of containers is missing'];
  const rows = database
    .prepare(
      `SELECT id FROM containers WHERE NOT (json_valid(chain_ids) AND json_valid(image_config)
         AND json_valid(command) AND json_valid(options) AND json_valid(volumes))`,
    )
    .all();
  return rows.map(({id}) => `the record of container ${id} cannot be read`);
}

export interface DatabaseRescue {
  /** Where the damaged file is kept. */
  keptAs: string;
  /** Rows that are in the new file, by table. */
  rows: Record<string, number>;
  /** Tables that could not be read to their end. */
  incomplete: string[];
}

/** Moves a damaged state file aside, and makes a new one with every row that could be read. Nobody else may use it meanwhile. */
export function rescueDatabase(path: string): DatabaseRescue {
  const keptAs = freeName(path);
  renameSync(path, keptAs);
  for (const end of ['-wal', '-shm']) if (existsSync(path + end)) renameSync(path + end, keptAs + end);
  const rescue: DatabaseRescue = {keptAs, rows: {}, incomplete: []};
  using fresh = new StateDatabase(path);
  let damaged: DatabaseSync;
  try {
    damaged = openReadOnly(keptAs);
  } catch (error) {
    if (!isSqlite(error)) throw error;
    rescue.incomplete.push('all');
    return rescue;
  }
  try {
    // In an order of which every part stands for itself: a container without its networks is better than none.
    for (const table of [
      'containers',
      'removed_containers',
      'networks',
      'endpoints',
      'published_ports',
      'network_facts',
    ])
      copyTable(damaged, fresh, table, rescue);
  } finally {
    damaged.close();
  }
  return rescue;
}

function copyTable(damaged: DatabaseSync, fresh: StateDatabase, table: string, rescue: DatabaseRescue): void {
  const columns = fresh
    .prepare('SELECT name FROM pragma_table_info(?)')
    .all(table)
    .map(({name}) => String(name));
  const insert = fresh.prepare(
    `INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  let copied = 0;
  // From both ends: a damaged page in the middle costs only itself.
  for (const order of ['ASC', 'DESC']) {
    try {
      const rows = damaged.prepare(`SELECT * FROM ${table} NOT INDEXED ORDER BY rowid ${order}`).iterate();
      for (const row of rows) {
        const values = columns.map((column) => row[column] ?? null);
        copied += insertRow(fresh, () => Number(insert.run(...values).changes));
      }
      break;
    } catch (error) {
      if (!isSqlite(error)) throw error;
      if (!rescue.incomplete.includes(table)) rescue.incomplete.push(table);
    }
  }
  rescue.rows[table] = copied;
}

// A row that breaks the new table's rules is damage.
function insertRow(fresh: StateDatabase, insert: () => number): number {
  try {
    return fresh.transaction(insert);
  } catch (error) {
    if (isSqlite(error) || errnoOf(error) === undefined) return 0;
    throw error;
  }
}

function freeName(path: string): string {
  for (let number = 1; ; number++) {
    const name = `${path}.damaged-${number}`;
    if (!existsSync(name)) return name;
  }
}

function openReadOnly(path: string): DatabaseSync {
  const {DatabaseSync} = process.getBuiltinModule('node:sqlite');
  return new DatabaseSync(path, {readOnly: true});
}

function isSqlite(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}
