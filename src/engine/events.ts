// Reading events: what was told by every process that works on a data root, and what they go on to tell.
import {mkdirSync} from 'node:fs';
import {EngineError} from '../errors.ts';
import type {Instant} from '../runtime/log-record.ts';
import {type TimeFilter, toInstant} from '../runtime/time-filter.ts';
import {EventLogReader} from '../state/event-log-reader.ts';
import {FolderWatch} from '../system/folder-watch.ts';
import {longestTimerMs} from '../system/long-timer.ts';
import {type EventFilters, eventFilter} from './event-filter.ts';
import {parseEvent, type RecordedEvent} from './event-log.ts';

export interface EventOptions {
  /**
   * Also those that were told from this time on: nanoseconds since 1970, or a text in one of Docker's forms (`10m` ago).
   * Without it and without `until`: only what comes.
   */
  since?: TimeFilter;
  /** Ends the reading at this time; at once when it has been. */
  until?: TimeFilter;
  filters?: EventFilters;
  /** Ends the reading, as its consumer's `break` does. */
  signal?: AbortSignal;
}

/** See Engine.events. */
export async function* readEvents(
  folder: string,
  {since, until, filters = {}, signal}: EventOptions,
): AsyncGenerator<RecordedEvent> {
  const isWanted = eventFilter(filters);
  const from = toInstant(since);
  const to = toInstant(until);
  if (from !== undefined && to !== undefined && from > to) throw wrongOrder(from, to);
  mkdirSync(folder, {recursive: true, mode: 0o700});
  using watch = new FolderWatch(folder);
  using reader = new EventLogReader(folder, from === undefined && to === undefined ? 'end' : 'start');
  using _end = wakeAt(to, signal, watch);
  let isPast = true;
  for (;;) {
    // Asked before reading: what was told before the end is then read.
    const isLast = signal?.aborted || (to !== undefined && to <= now());
    for (const text of reader.read()) {
      const event = parseEvent(text);
      if (!event || (isPast && from !== undefined && event.timeNano < from)) continue;
      if (to !== undefined && event.timeNano > to) continue;
      if (isWanted(event)) yield event;
    }
    if (isLast) return;
    isPast = false;
    await watch.next();
  }
}

function now(): Instant {
  return BigInt(Date.now()) * 1_000_000n;
}

// Docker's words.
function wrongOrder(from: Instant, to: Instant): EngineError {
  return new EngineError(
    'invalid-option',
    `\`since\` time (${seconds(from)}) cannot be after \`until\` time (${seconds(to)})`,
  );
}

function seconds(time: Instant): string {
  return `${time / 1_000_000_000n}.${String(time % 1_000_000_000n).padStart(9, '0')}`;
}

function wakeAt(to: Instant | undefined, signal: AbortSignal | undefined, watch: FolderWatch): Disposable {
  const wake = () => watch.wake();
  signal?.addEventListener('abort', wake, {once: true});
  let timer: NodeJS.Timeout | undefined;
  const arm = (time: Instant) => {
    const waitMs = Math.min(Number((time - now()) / 1_000_000n) + 1, longestTimerMs);
    wake();
    if (waitMs > 0) timer = setTimeout(() => arm(time), waitMs);
  };
  if (to !== undefined) arm(to);
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', wake);
    },
  };
}
