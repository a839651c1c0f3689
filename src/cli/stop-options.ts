// The flags that stop and restart share.

import {parseSignal} from '../../bundles/options/signal.ts';
import type {StopOptions} from '../engine.ts';

/** A negative timeout waits for ever, as in Docker. */
export function stopOptions(flags: {signal?: string | undefined; timeout?: number | undefined}): StopOptions {
  return {
    ...(flags.signal !== undefined && {signal: parseSignal(flags.signal).name}),
    ...(flags.timeout !== undefined && {
      timeoutSeconds: flags.timeout < 0 ? Number.POSITIVE_INFINITY : flags.timeout,
    }),
  };
}
