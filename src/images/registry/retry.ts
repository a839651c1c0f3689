// Trying again what may work the next time, with growing waits. Knows which answers pass, not what was asked.
import {EngineError} from '../../errors.ts';
import {wait} from '../cancellation.ts';
import type {HttpResponse} from './http-client.ts';
import type {RegistryTiming} from './registry-endpoint.ts';

/** A failure that may not happen again: `error` is what to report when it does. */
export class PassingFailure extends Error {
  readonly error: EngineError;
  /** How long the server asked to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(error: EngineError, retryAfterMs?: number) {
    super(error.message, {cause: error});
    this.error = error;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Runs `attempt` again while it throws PassingFailure and there are tries left. Throws its error, 'cancelled'. */
export async function withRetries<Result>(
  timing: RegistryTiming,
  signal: AbortSignal | undefined,
  attempt: () => Promise<Result>,
): Promise<Result> {
  const deadline = performance.now() + timing.retryWindowMs;
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      if (performance.now() > deadline) throw error.error;
      await waitBeforeRetry(error, tries, timing, signal);
    }
  }
}

/** Waits before try number `tries` + 1; throws the failure's error when there is to be none. */
export async function waitBeforeRetry(
  failure: PassingFailure,
  tries: number,
  timing: RegistryTiming,
  signal: AbortSignal | undefined,
): Promise<void> {
  const asked = failure.retryAfterMs ?? 0;
  if (tries >= timing.maxRetries || asked > timing.maxRetryAfterMs)
    throw withWait(failure.error, asked, timing);
  // Spread, so that many machines behind one failed registry do not come back in the same moment.
  const delayMs = timing.retryDelayMs * 2 ** tries * (0.75 + Math.random() / 2);
  await wait(Math.max(asked, delayMs), signal);
}

function withWait(error: EngineError, askedMs: number, timing: RegistryTiming): EngineError {
  if (askedMs <= timing.maxRetryAfterMs) return error;
  return new EngineError(error.code, error.message, {
    hint: `it asks to be left alone for ${Math.ceil(askedMs / 1000)} seconds`,
    cause: error,
  });
}

export function isPassingStatus(status: number): boolean {
  return [408, 425, 429, 500, 502, 503, 504].includes(status);
}

/** Retry-After (RFC 9110, section 10.2.3) as milliseconds from now. */
export function retryAfterMs({headers}: Pick<HttpResponse, 'headers'>): number | undefined {
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
