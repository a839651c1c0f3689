// Whether the state file can be believed, asked of SQLite without changing it. Opens the file by itself: StateDatabase refuses a
// damaged one.
import {existsSync} from 'node:fs';
import type {DatabaseSync} from 'node:sqlite';
import {pathToFileURL} from 'node:url';
import {busyTimeoutMs} from './database.ts';
import {addRowDigest} from './row-digest.ts';
import {describeFailure, isDamage, sqliteCannotOpen, sqliteCode, sqliteReadOnly} from './sqlite-failure.ts';

const maxProblems = 20;

/** The schema version that brought them. */
const firstWithDigests = 4;

export const stateTables = [
  'containers',
  'removed_containers',
  'networks',
  'endpoints',
  'published_ports',
  'network_facts',
] as const;

/**
 * What is wrong with the state file; nothing when it is whole, or not there. `deep` compares indexes and tables too. A file
 * of an earlier schema is looked at alike. Throws EngineError 'state-busy' when others keep it locked, and what else keeps SQLite
 * from reading it without being damage.
 */
export function checkDatabase(
  path: string,
  {deep, timeoutMs = busyTimeoutMs}: {deep: boolean; timeoutMs?: number},
): string[] {
  if (!existsSync(path)) return [];
  try {
    using database = openReadOnly(path, timeoutMs);
    const pragma = deep ? 'integrity_check' : 'quick_check';
    const rows = database.prepare(`PRAGMA ${pragma}(${maxProblems})`).all();
    const problems = rows.flatMap((row) => Object.values(row).map(String)).filter((text) => text !== 'ok');
    return problems.length > 0 ? problems : checkRows(database);
  } catch (error) {
    if (!isDamage(error)) throw describeFailure(error, path);
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

/** In their order. */
export function columnsOf(database: Pick<DatabaseSync, 'prepare'>, table: string): string[] {
  return database
    .prepare('SELECT name FROM pragma_table_info(?)')
    .all(table)
    .map(({name}) => String(name));
}

// Without memory to share beside the file, which a disk that the kernel has made read-only does not give, SQLite opens only what
// it is told nobody writes.
export function openReadOnly(path: string, timeoutMs = busyTimeoutMs): DatabaseSync {
  const {DatabaseSync} = process.getBuiltinModule('node:sqlite');
  let database = new DatabaseSync(path, {readOnly: true});
  try {
    database.exec(`PRAGMA busy_timeout = ${timeoutMs}`);
    database.prepare('PRAGMA schema_version').get();
  } catch (error) {
    database.close();
    const code = sqliteCode(error);
    if (code !== sqliteCannotOpen && code !== sqliteReadOnly) throw error;
    database = new DatabaseSync(`${pathToFileURL(path)}?immutable=1`, {readOnly: true});
  }
  addRowDigest(database);
  return database;
}
