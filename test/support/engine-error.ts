// The EngineError that a call ends with: tests then assert its code and message exactly.
import {EngineError} from '../../src/errors.ts';

/** Awaits the call; anything but an EngineError (also success) throws. */
export async function engineErrorOf(call: () => unknown): Promise<EngineError> {
  let result: unknown;
  try {
    result = await call();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error(`expected an EngineError, but it returned ${JSON.stringify(result)}`);
}
