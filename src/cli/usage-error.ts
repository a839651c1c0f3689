// A wrong command line, found before the engine was asked anything.

import {EngineError, type ErrorCode, type ExitCode} from '../errors.ts';

/** Ends a command with exactly its own exit code: 125 for a wrong flag, 1 for a wrong number of arguments. */
export class UsageError extends EngineError {
  constructor(message: string, options: {exit: ExitCode; hint?: string; code?: ErrorCode; cause?: unknown}) {
    const {code = 'invalid-option', ...rest} = options;
    super(code, message, rest);
  }
}
