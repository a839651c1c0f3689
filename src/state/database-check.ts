// Whether the state file can be believed, asked of SQLite without changing it; and what a damaged one still has, copied into a
// new one. Opens the file by itself: StateDatabase refuses a damaged one.
import {existsSync, renameSync} from 'node:fs';
import type {DatabaseSync} from 'node:sqlite';
import {pathToFileURL} from 'node:url';
import {errnoOf} from '../errors.ts';
import {StateDatabase} from './database.ts';
import {addRowDigest} from './row-digest.ts';

const maxProblems = 20;

/** The schema version that brought them. */
const firstWithDigests = 4;

const stateTables = [
  'containers',
  'removed_containers',
  'networks',
  'endpoints',
  'published_ports',
  'network_facts',
] as const;

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

// SQLite sees that a page is no page, and not that a bit has flipped in a row.
function checkRows(database: DatabaseSync): string[] {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const missing = stateTables.filter((table) => !tables.some(({name}) => name === table));
  if (missing.length > 0) return missing.map((table) => `the table ${table} is missing`);
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  const hasRowDigests = columnsOf(database, 'containers').includes('digest');
  if (hasRowDigests !== version >= firstWithDigests)
    return [`its header says schema ${version}, which it is not`];
  return stateTables.flatMap((table) => damagedRows(database, table)).slice(0, maxProblems);
}

function damagedRows(database: DatabaseSync, table: string): string[] {
  const columns = columnsOf(database, table);
  // Of a schema from before there were digests.
  if (!columns.includes('digest')) return [];
  const known = columns.filter((column) => column !== 'digest').join(', ');
  return database
    .prepare(`SELECT * FROM ${table} NOT INDEXED WHERE digest IS NOT row_digest(${known})`)
    .all()
    .map(
      (row) =>
        `the record ${row.name ?? row.id ?? row.host_port} of ${table.replaceAll('_', ' ')} is damaged`,
    );
}

function columnsOf(database: Pick<DatabaseSync, 'prepare'>, table: string): string[] {
  return database
    .prepare('SELECT name FROM pragma_table_info(?)')
    .all(table)
    .map(({name}) => String(name));
}

export interface DatabaseRescue {
  /** Where the damaged file is kept; undefined when there was none. */
  keptAs: string | undefined;
  /** Rows that are in the new file, by table. */
  rows: Record<string, number>;
  /** Tables that could not be read to their end. */
  incomplete: string[];
}

/** Moves a damaged state file aside, and makes a new one with every row that could be read. Nobody else may use it meanwhile. */
export function rescueDatabase(path: string): DatabaseRescue {
  const rescue: DatabaseRescue = {keptAs: undefined, rows: {}, incomplete: []};
  const keptAs = freeName(path);
  if (existsSync(path)) {
    renameSync(path, keptAs);
    rescue.keptAs = keptAs;
  }
  for (const end of ['-wal', '-shm']) if (existsSync(path + end)) renameSync(path + end, keptAs + end);
  using fresh = new StateDatabase(path);
  let damaged: DatabaseSync;
  if (rescue.keptAs === undefined) return rescue;
  try {
    damaged = openReadOnly(keptAs);
  } catch (error) {
    if (!isSqlite(error)) throw error;
    rescue.incomplete.push('all');
    return rescue;
  }
  try {
    for (const table of stateTables) copyTable(damaged, fresh, table, rescue);
  } finally {
    damaged.close();
  }
  return rescue;
}

function copyTable(damaged: DatabaseSync, fresh: StateDatabase, table: string, rescue: DatabaseRescue): void {
  const columns = columnsOf(fresh, table).filter((column) => column !== 'digest');
  const names = columns.join(', ');
  const insert = fresh.prepare(
    `INSERT OR IGNORE INTO ${table} (${names}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  let copied = 0;
  const proof = hasDigests(damaged, table) ? `WHERE digest IS row_digest(${names})` : '';
  // From both ends: a damaged page in the middle costs only itself.
  for (const order of ['ASC', 'DESC']) {
    try {
      // Rows of which a bit has flipped are left behind: nobody knows which.
      const rows = damaged
        .prepare(`SELECT ${names} FROM ${table} NOT INDEXED ${proof} ORDER BY rowid ${order}`)
        .iterate();
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

// A file of an earlier schema has none.
function hasDigests(damaged: DatabaseSync, table: string): boolean {
  try {
    return columnsOf(damaged, table).includes('digest');
  } catch (error) {
    if (!isSqlite(error)) throw error;
    return true;
  }
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

// Without memory to share beside the file, which a disk that the kernel has made read-only does not give, SQLite opens only what
// it is told nobody writes.
function openReadOnly(path: string): DatabaseSync {
  const {DatabaseSync} = process.getBuiltinModule('node:sqlite');
  let database = new DatabaseSync(path, {readOnly: true});
  try {
    database.prepare('PRAGMA schema_version').get();
  } catch (error) {
    database.close();
    if (!isSqlite(error) || !/unable to open|readonly/.test(error.message)) throw error;
    database = new DatabaseSync(`${pathToFileURL(path)}?immutable=1`, {readOnly: true});
  }
  addRowDigest(database);
  return database;
}

function isSqlite(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}
