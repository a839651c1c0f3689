// The flags that stop, restart and kill share.

import {parseSignal} from '../../bundles/options/signal.ts';
import type {StopOptions} from '../engine.ts';
import {isEngineError} from '../errors.ts';
import {UsageError} from './usage-error.ts';

/** A negative timeout waits for ever, as in Docker. */
export function stopOptions(flags: {signal?: string | undefined; timeout?: number | undefined}): StopOptions {
  return {
    ...(flags.signal !== undefined && {signal: signalName(flags.signal)}),
    ...(flags.timeout !== undefined && {
      timeoutSeconds: flags.timeout < 0 ? Number.POSITIVE_INFINITY : flags.timeout,
    }),
  };
}

/** `SIGKILL` for 'kill', '9' or 'SIGKILL'. Docker's daemon refuses a wrong one, hence exit 1. */
export function signalName(text: string): string {
  try {
    return parseSignal(text).name;
  } catch (error) {
    if (!isEngineError(error, 'invalid-option')) throw error;
    throw new UsageError(error.message, {exit: 1, cause: error});
  }
}
