// A wrong command line, found before the engine was asked anything.

import {EngineError, type ErrorCode, type ExitCode} from '../errors.ts';

/** Ends a command with exactly its own exit code: 125 for a wrong flag, 1 for a wrong number of arguments. */
export class UsageError extends EngineError {
  /** The message as it was made: oclif's parser writes its own words around `message`. */
  readonly words: string;

  constructor(message: string, options: {exit: ExitCode; hint?: string; code?: ErrorCode; cause?: unknown}) {
    const {code = 'invalid-option', ...rest} = options;
    super(code, message, rest);
    this.words = this.message;
  }
}
