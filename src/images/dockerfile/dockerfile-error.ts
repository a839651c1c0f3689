// What is wrong with an instruction, in Docker's words.
import {EngineError} from '../../errors.ts';

export function dockerfileError(message: string, hint?: string): EngineError {
  return new EngineError('invalid-option', message, hint === undefined ? {} : {hint});
}
