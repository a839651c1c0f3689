// What happens when a caller aborts: every wait of a pull ends at once with the same error.
import {setTimeout as sleep} from 'node:timers/promises';
import {EngineError} from '../errors.ts';

export function cancelled(): EngineError {
  return new EngineError('cancelled', 'the pull was cancelled', {
    hint: 'pull again: it goes on where this one ended',
  });
}

/** Throws EngineError 'cancelled' when the signal has fired. */
export function checkCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled();
}

/** Waits. Throws EngineError 'cancelled' as soon as the signal fires. */
export async function wait(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(durationMs, undefined, signal ? {signal} : {});
  } catch (error) {
    throw signal?.aborted ? cancelled() : error;
  }
}
