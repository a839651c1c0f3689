// The flags that stop, restart and kill share.

import {parseSignal} from '../../bundles/options/signal.ts';
import type {StopOptions} from '../engine.ts';

/** A negative timeout waits for ever, as in Docker. */
export function stopOptions(flags: {signal?: string | undefined; timeout?: number | undefined}): StopOptions {
  return {
    ...(flags.signal !== undefined && {signal: signalName(flags.signal)}),
    ...(flags.timeout !== undefined && {
      timeoutSeconds: flags.timeout < 0 ? Number.POSITIVE_INFINITY : flags.timeout,
    }),
  };
}

/** `SIGKILL` for 'kill', '9' or 'SIGKILL'. */
export function signalName(text: string): string {
  return parseSignal(text).name;
}
