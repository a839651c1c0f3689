// What SQLite throws, by its result codes: as errors of the engine, and what they say of the file.
import {EngineError} from '../errors.ts';

// https://www.sqlite.org/rescode.html
const sqliteError = 1;
export const sqliteBusy = 5;
const sqliteLocked = 6;
export const sqliteReadOnly = 8;
const sqliteIoError = 10;
const sqliteIoErrorShmSize = 4874;
const sqliteCorrupt = 11;
const sqliteFull = 13;
export const sqliteCannotOpen = 14;
const sqliteConstraint = 19;
const sqliteMismatch = 20;
const sqliteNotADatabase = 26;

/** What SQLite has thrown about the file as an EngineError, where there is one for it; else as it is. */
export function describeFailure(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  if (code === sqliteCorrupt || code === sqliteNotADatabase) {
    return new EngineError('state-damaged', `the state file ${path} is damaged: ${messageOf(error)}`, {
      hint: "'crundle system check --repair' makes a new one of what can be read and of what lies beside the containers",
      cause: error,
    });
  }
  if (code === sqliteBusy || code === sqliteLocked) {
    return new EngineError('state-busy', `another crundle command has held ${path} for too long`, {
      hint: `'fuser -v ${path}' names the process that holds it`,
      cause: error,
    });
  }
  // The memory to share beside the file is a file, too.
  if (code === sqliteFull || extendedCode(error) === sqliteIoErrorShmSize) {
    return new EngineError('disk-full', `cannot write the state file ${path}: no space is left`, {
      hint: `free some space: 'df -h ${path}' shows the disk`,
      cause: error,
    });
  }
  if (code === sqliteReadOnly) {
    return new EngineError('permission-denied', `cannot write the state file ${path}: it is read-only`, {
      hint: 'is the file system mounted read-only? After a disk error the kernel does that',
      cause: error,
    });
  }
  if (code === sqliteIoError) {
    return new EngineError('system-call-failed', `cannot use the state file ${path}: ${messageOf(error)}`, {
      hint: "the last lines of 'dmesg' say whether the disk has failed",
      cause: error,
    });
  }
  return error;
}

/** True when a statement failed because a UNIQUE or PRIMARY KEY column already holds the value. */
export function isUniqueViolation(error: unknown): boolean {
  const extended = extendedCode(error);
  return extended === 2067 || extended === 1555;
}

/** True when a row is not what its table takes. */
export function isRuleViolation(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === sqliteConstraint || code === sqliteMismatch;
}

/** True when a read has failed because the file is not what SQLite wrote, or the disk does not give it. */
export function isDamage(error: unknown): error is Error {
  const code = sqliteCode(error);
  // The first is a schema that cannot be understood.
  return code !== undefined && [sqliteError, sqliteIoError, sqliteCorrupt, sqliteNotADatabase].includes(code);
}

/** The primary result code, which is the low byte of the extended one. */
export function sqliteCode(error: unknown): number | undefined {
  const extended = extendedCode(error);
  return extended === undefined ? undefined : extended & 0xff;
}

function extendedCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return error.errcode;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
