// Waiting for longer than Node's timers take.
import {setTimeout as sleep} from 'node:timers/promises';

/** What Node's timers take: 25 days. With more they fire at once. */
export const longestTimerMs = 2 ** 31 - 1;

/** Waits for so long. False when the signal came first. */
export async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  for (let left = ms; left >= 0 && !signal.aborted; left -= longestTimerMs) {
    await sleep(Math.min(left, longestTimerMs), undefined, {signal}).catch(() => undefined);
  }
  return !signal.aborted;
}
