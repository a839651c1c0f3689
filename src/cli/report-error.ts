// How a failure is told on standard error, and which exit code it gives. The one place that words errors.

import {EngineError, type ExitCode} from '../errors.ts';
import {writeError} from './output/standard-streams.ts';
import {UsageError} from './usage-error.ts';

/** `Error: …` and `Hint: …`; a bug shows its stack. Never throws. */
export function reportError(error: unknown): void {
  writeError(errorText(error));
}

/** Pure part of {@link reportError}. */
export function errorText(error: unknown): string {
  if (error instanceof EngineError) {
    const hint = error.hint === undefined ? '' : `Hint: ${error.hint}\n`;
    const message = error instanceof UsageError ? error.words : error.message;
    return `Error: ${message}\n${hint}`;
  }
  if (isOclifError(error)) return `Error: ${error.message}\n`;
  const failed = hostFailure(error);
  if (failed !== undefined) return failed;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `Error: crundle has a bug, please report it with these lines:\n${detail}\n`;
}

/** `plainFailure` is what the command exits with for a plain engine failure: 125 for run. */
export function exitCodeOf(error: unknown, plainFailure: ExitCode): number {
  if (error instanceof UsageError) return error.oclif.exit;
  // 126 and 127 tell of the command in the container; 125 is run's own way to say 1.
  if (error instanceof EngineError) return error.oclif.exit > 125 ? error.oclif.exit : plainFailure;
  if (isOclifError(error)) return error.oclif.exit ?? 1;
  return plainFailure;
}

// What the host does to whoever writes or reads, and nobody on the way had better words for.
function hostFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const {code, path, errcode} = error as {code?: unknown; path?: unknown; errcode?: unknown};
  const place = typeof path === 'string' ? ` for ${path}` : '';
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return `Error: no space left on the disk${place}\nHint: 'crundle system df' shows what takes it, 'crundle system prune' frees what nobody uses\n`;
  if (code === 'EROFS')
    return `Error: the file system is read-only${place}\nHint: 'dmesg' says why the kernel made it so\n`;
  if (code === 'EIO')
    return `Error: the disk cannot be read or written${place}\nHint: 'dmesg' says which; then 'crundle system check --deep'\n`;
  // SQLITE_CORRUPT and SQLITE_NOTADB.
  if (
    code === 'ERR_SQLITE_ERROR' &&
    (errcode === 11 || errcode === 26 || /^no such (table|column)/.test(error.message))
  )
    return `Error: the database of containers is damaged: ${error.message}\nHint: 'crundle system check --repair' mends it\n`;
  return undefined;
}

function isOclifError(error: unknown): error is Error & {oclif: {exit?: number}} {
  return (
    error instanceof Error && 'oclif' in error && typeof error.oclif === 'object' && error.oclif !== null
  );
}
