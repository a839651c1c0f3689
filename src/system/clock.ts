// Whether this machine's clock can be believed: boards without a battery start in 1970, or where they were switched off, until
// they hear the time from the network. Reads only; nothing is ever set.
import {existsSync, statSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {kernelClockIsSynchronized} from './libc.ts';

export interface ClockState {
  now: Date;
  /** Somebody has set it by the time of others, and keeps it. */
  isSynchronized: boolean;
  /** Earlier than this it cannot be: files of that time are here. */
  atLeast: Date;
}

/** systemd-timesyncd makes it; other services tell the kernel alone. */
const synchronizedMark = '/run/systemd/timesync/synchronized';
/** The last time that was known to be right, kept across reboots by systemd-timesyncd. */
const lastKnown = '/var/lib/systemd/timesync/clock';
const pollMs = 250;

export function readClock(): ClockState {
  const known = [import.meta.dirname, lastKnown].map(
    (path) => statSync(path, {throwIfNoEntry: false})?.mtimeMs ?? 0,
  );
  return {now: new Date(), isSynchronized: isClockSynchronized(), atLeast: new Date(Math.max(...known))};
}

export function isClockSynchronized(): boolean {
  return existsSync(synchronizedMark) || kernelClockIsSynchronized();
}

/** Waits until the clock is synchronised: false when it is not after that long. Rejects when the signal fires. */
export async function waitForClock(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
  // Not by the clock that is about to be set.
  const deadline = performance.now() + timeoutMs;
  while (!isClockSynchronized()) {
    if (performance.now() >= deadline) return false;
    await sleep(pollMs, undefined, signal ? {signal} : {});
  }
  return true;
}
