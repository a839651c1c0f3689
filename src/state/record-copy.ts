// The records of one container as text, to be kept beside its files: rows as they are, with a digest. From it a container comes
// back that a damaged database has lost.
import {hash} from 'node:crypto';
import type {SQLInputValue} from 'node:sqlite';
import {EngineError} from '../errors.ts';
import type {StateDatabase} from './database.ts';
import {isUniqueViolation} from './sqlite-failure.ts';

type Row = Record<string, SQLInputValue>;

interface RecordCopy {
  containers: Row[];
  endpoints: Row[];
  /** Those that its endpoints are of. */
  networks: Row[];
}

const queries: Record<keyof RecordCopy, string> = {
  containers: 'SELECT * FROM containers WHERE id = ?',
  endpoints: 'SELECT * FROM endpoints WHERE container_id = ?',
  networks: 'SELECT * FROM networks WHERE id IN (SELECT network_id FROM endpoints WHERE container_id = ?)',
};

/** Undefined for a container that there is not. */
export function copyRecords(state: StateDatabase, id: string): string | undefined {
  const rows = (part: keyof RecordCopy) => state.prepare(queries[part]).all(id) as Row[];
  const copy: RecordCopy = {
    containers: rows('containers'),
    endpoints: rows('endpoints'),
    networks: rows('networks'),
  };
  if (copy.containers.length === 0) return undefined;
  return `${JSON.stringify({digest: digestOf(copy), ...copy})}\n`;
}

/**
 * Puts the rows of a copy back, durably, for a container that does not run: as created, or when it `hasRun` as exited with 255, since
 * how it ended is not known. Networks that are there stay as they are. Throws EngineError 'container-damaged' for text that is not
 * what copyRecords wrote of this container, 'container-name-in-use'.
 */
export function restoreRecords(
  state: StateDatabase,
  id: string,
  text: string,
  {hasRun}: {hasRun: boolean},
): void {
  const copy = parse(text);
  if (!copy || copy.containers[0]?.id !== id) {
    throw new EngineError('container-damaged', 'the copy of its record is damaged or missing');
  }
  const ended = hasRun
    ? {status: 'exited', exit_code: 255, finished_at: new Date().toISOString()}
    : {status: 'created'};
  try {
    state.transaction(
      () => {
        for (const row of copy.containers)
          insert(state, 'containers', {...row, process: null, conmon: null, restart_at: null, ...ended});
        for (const row of copy.networks) insert(state, 'networks', row, 'OR IGNORE');
        for (const row of copy.endpoints) insert(state, 'endpoints', {...row, active: 0}, 'OR IGNORE');
      },
      {durable: true},
    );
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const name = String(copy.containers[0]?.name);
    throw new EngineError(
      'container-name-in-use',
      `another container has its name, ${name}: rename that one first`,
    );
  }
}

/**
 * Puts back the networks of a copy that are not there, and the places on them of its container, which is. Returns false for text that
 * is not what copyRecords wrote.
 */
export function restoreNetworks(state: StateDatabase, text: string): boolean {
  const copy = parse(text);
  if (!copy) return false;
  state.transaction(
    () => {
      for (const row of copy.networks) insert(state, 'networks', row, 'OR IGNORE');
      for (const row of copy.endpoints) insert(state, 'endpoints', {...row, active: 0}, 'OR IGNORE');
    },
    {durable: true},
  );
  return true;
}

function insert(state: StateDatabase, table: keyof RecordCopy, row: Row, or = ''): void {
  // A copy of an earlier schema has fewer columns.
  const known = new Set(
    state
      .prepare('SELECT name FROM pragma_table_info(?)')
      .all(table)
      .map(({name}) => String(name)),
  );
  const columns = Object.keys(row).filter((column) => known.has(column) && column !== 'digest');
  state
    .prepare(
      `INSERT ${or} INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    )
    .run(...columns.map((column) => row[column] ?? null));
}

function parse(text: string): RecordCopy | undefined {
  try {
    const {digest, ...copy} = JSON.parse(text) as RecordCopy & {digest: unknown};
    return digest === digestOf(copy) ? copy : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function digestOf(copy: RecordCopy): string {
  return hash('sha256', JSON.stringify(copy));
}
