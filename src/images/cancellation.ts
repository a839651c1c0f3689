// What happens when a caller aborts: every wait ends at once with the same error, which whoever began the task gives its name.
import {setTimeout as sleep} from 'node:timers/promises';
import {EngineError, isEngineError} from '../errors.ts';

/** Without a task: see `asTask`. */
export function cancelled(): EngineError {
  return new EngineError('cancelled', 'cancelled');
}

export type Task =
  | 'check'
  | 'commit'
  | 'import'
  | 'load'
  | 'login'
  | 'manifest inspect'
  | 'pull'
  | 'push'
  | 'save'
  | 'search';

/** Runs `action`; when it is cancelled, the error says what was. */
export async function asTask<T>(task: Task, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw namingTask(error, task);
  }
}

/** What `cancelled` threw, with the name of what was cancelled; any other error as it is. */
export function namingTask(error: unknown, task: Task): unknown {
  if (!isEngineError(error, 'cancelled')) return error;
  const hint = task === 'pull' && {hint: 'pull again: it goes on where this one ended'};
  return new EngineError('cancelled', `the ${task} was cancelled`, {...hint, cause: error});
}

/** Throws EngineError 'cancelled' when the signal has fired. */
export function checkCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled();
}

/** The same bytes. Throws EngineError 'cancelled' as soon as the signal fires, also while the next ones are waited for. */
export async function* untilCancelled(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (!signal) return yield* bytes;
  const source = bytes[Symbol.asyncIterator]();
  const end = Promise.withResolvers<never>();
  // Nobody may be waiting for it.
  end.promise.catch(() => undefined);
  const stop = () => end.reject(cancelled());
  signal.addEventListener('abort', stop, {once: true});
  try {
    for (;;) {
      checkCancelled(signal);
      const next = await Promise.race([source.next(), end.promise]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    // A source that gives nothing would not end either.
    if (!signal.aborted) await source.return?.();
  }
}

/** Waits. Throws EngineError 'cancelled' as soon as the signal fires. */
export async function wait(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(durationMs, undefined, signal ? {signal} : {});
  } catch (error) {
    throw signal?.aborted ? cancelled() : error;
  }
}
