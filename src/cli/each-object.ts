// Commands that take several names: each is handled, each failure is told, and one failure makes the exit code 1.

import {type ErrorCode, isEngineError} from '../errors.ts';
import {reportError} from './report-error.ts';

/**
 * Calls `work` for one name after the other. An EngineError does not stop the rest; a bug does. Errors of the codes in
 * `forgiven` are told too, and do not count: Docker's --force.
 */
export async function eachObject(
  names: readonly string[],
  work: (name: string) => Promise<void>,
  forgiven: readonly ErrorCode[] = [],
): Promise<number> {
  let exitCode = 0;
  for (const name of names) {
    try {
      await work(name);
    } catch (error) {
      if (!isEngineError(error)) throw error;
      reportError(error);
      if (!forgiven.includes(error.code)) exitCode = 1;
    }
  }
  return exitCode;
}
