// The SQL function row_digest(column, …), by which each row knows what it was when it was written: triggers keep it
// (migrations.ts), a check compares it.
import {hash} from 'node:crypto';
import type {DatabaseSync} from 'node:sqlite';

/** Adds the function to a connection. Without it no row can be written. */
export function addRowDigest(database: DatabaseSync): void {
  database.function('row_digest', {varargs: true, deterministic: true}, (...values) =>
    hash('sha256', JSON.stringify(values)).slice(0, 32),
  );
}
