// The one SQLite file of the engine's records: opening, migrations, transactions. What the rows mean is the
// business of the modules beside it.
import {closeSync, mkdirSync, openSync} from 'node:fs';
import {dirname} from 'node:path';
import type {DatabaseSync, StatementSync} from 'node:sqlite';
import {EngineError, errnoOf} from '../errors.ts';
import {beginCall} from '../system/trace.ts';
import {migrations} from './migrations.ts';
import {addRowDigest} from './row-digest.ts';
import {describeFailure, messageOf, sqliteBusy, sqliteCode} from './sqlite-failure.ts';

/** How long a connection waits for others. */
export const busyTimeoutMs = 30_000;

/**
 * A connection to the state file, made and migrated as needed. Any number of processes may hold one: writers
 * take turns (BEGIN IMMEDIATE, busy timeout of 30 s), readers never wait.
 */
export class StateDatabase implements Disposable {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Throws EngineError: 'state-newer' when a newer crundle has written the file, 'state-damaged' when it is no
   * database, 'permission-denied' when it cannot be opened.
   */
  constructor(path: string) {
    this.#path = path;
    this.#database = openDatabase(path);
    try {
      // Commands end without closing, so the log stays from one to the next, which reads it: keep it below 1 MB.
      addRowDigest(this.#database);
      this.#database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA wal_autocheckpoint = 250`);
      this.#migrate(path);
    } catch (error) {
      this.#database.close();
      throw describeFailure(error, path);
    }
  }

  /** A prepared statement, kept for the life of the connection. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /**
   * Runs `action` in one write transaction and rolls back when it throws. With `durable` the commit is on disk
   * when this returns; without, a power cut may lose it, but never half of it. Throws EngineError 'disk-full',
   * 'state-busy', 'state-newer', 'state-damaged', 'system-call-failed', 'permission-denied'; what `action` throws, as it is.
   */
  transaction<T>(action: () => T, {durable = false} = {}): T {
    if (durable) this.#database.exec('PRAGMA synchronous = FULL');
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      // A command may have been there for weeks, and another crundle have migrated the file meanwhile.
      this.#refuseNewer();
      const result = action();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      // After a full disk SQLite has rolled back by itself.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw describeFailure(error, this.#path);
    } finally {
      if (durable) this.#database.exec('PRAGMA synchronous = NORMAL');
    }
  }

  /** Writes the whole as it is now to another file, which is not there. */
  copyTo(path: string): void {
    this.prepare('VACUUM INTO ?').run(path);
  }

  /** Brings all that is in the log into the file itself, durably, where nobody reads it. Throws as `transaction` does. */
  checkpoint(): void {
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch (error) {
      throw describeFailure(error, this.#path);
    }
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #migrate(path: string): void {
    if (this.#version() === migrations.length) {
      this.#database.exec('PRAGMA synchronous = NORMAL');
      return;
    }
    const call = beginCall();
    // Two first commands may race to switch the journal mode, which the busy timeout does not cover: the loser
    // sees WAL when it asks again.
    retryWhileBusy(() => this.#database.exec('PRAGMA journal_mode = WAL'));
    this.#database.exec('PRAGMA synchronous = NORMAL');
    this.transaction(
      () => {
        const version = this.#version();
        for (const migration of migrations.slice(version)) this.#database.exec(migration);
        this.#database.exec(`PRAGMA user_version = ${migrations.length}`);
        call?.end(`sqlite3 ${path}: schema ${version} to ${migrations.length}`, 'done');
      },
      {durable: true},
    );
    // Into the file itself, whose header the package reads before it installs an older crundle. Commands end without closing.
    this.checkpoint();
  }

  #refuseNewer(): void {
    const version = this.#version();
    if (version <= migrations.length) return;
    throw new EngineError(
      'state-newer',
      `${this.#path} was written by a newer crundle (schema ${version}, this one knows ${migrations.length})`,
      {hint: 'upgrade crundle, or point data-root at another folder'},
    );
  }

  #version(): number {
    return Number(this.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  }
}

function openDatabase(path: string): DatabaseSync {
  // Loaded here so that commands which keep no state (version, help) do not pay for it.
  const {DatabaseSync} = process.getBuiltinModule('node:sqlite');
  try {
    makePrivateFile(path);
    return new DatabaseSync(path);
  } catch (error) {
    throw new EngineError('permission-denied', `cannot open the state file ${path}: ${messageOf(error)}`, {
      hint: 'crundle needs root: try it with sudo',
      cause: error,
    });
  }
}

// SQLite would make it readable by all, and its log and shared memory with it: it holds the environment of containers.
// Never opened when it is there, because closing it again would drop this process's own locks on it (fcntl(2)).
function makePrivateFile(path: string): void {
  mkdirSync(dirname(path), {recursive: true, mode: 0o711});
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

function retryWhileBusy(action: () => void): void {
  const deadline = performance.now() + busyTimeoutMs;
  for (;;) {
    try {
      action();
      return;
    } catch (error) {
      if (sqliteCode(error) !== sqliteBusy || performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
