// The error of an option's text. Its message is the inner part of Docker's: the command names the flag around it.
import {EngineError, type EngineErrorOptions} from '../../src/errors.ts';

export function optionError(message: string, options: Omit<EngineErrorOptions, 'exit'> = {}): EngineError {
  return new EngineError('invalid-option', message, {...options, exit: 125});
}
