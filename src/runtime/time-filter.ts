// The grammar of `--since` and `--until`, Docker's: a duration back from now (`10m`, `1h30m`), seconds since 1970 with
// or without a fraction, or a date, with or without time and zone. Pure.
import {EngineError} from '../errors.ts';
import {readGoDuration} from '../oci/go-duration.ts';
import type {Instant} from './log-record.ts';

const second = 1_000_000_000n;

/** A time as a caller may give it: text in Docker's forms, a Date, or nanoseconds since 1970. */
export type TimeFilter = Instant | Date | string;

/** Throws EngineError 'invalid-option' for text that is no time. */
export function toInstant(time: TimeFilter | undefined): Instant | undefined {
  if (typeof time === 'string') return parseTimeFilter(time, Date.now());
  return time instanceof Date ? BigInt(time.getTime()) * 1_000_000n : time;
}

/** `now` in milliseconds. A date without a zone is local time. Throws EngineError 'invalid-option'. */
export function parseTimeFilter(text: string, now: number): Instant {
  const found = parseUnixTime(text) ?? parseDate(text) ?? before(now, text);
  if (found !== undefined) return found;
  throw new EngineError('invalid-option', `failed to parse value as time or duration: "${text}"`, {
    hint: "a time is '2026-01-02T15:04:05Z', '2026-01-02', '1767366245' or, back from now, '10m'",
  });
}

function parseUnixTime(text: string): Instant | undefined {
  const match = /^(-?\d+)(?:\.(\d{1,9})\d*)?$/.exec(text);
  if (!match) return undefined;
  const fraction = BigInt((match[2] ?? '').padEnd(9, '0'));
  return BigInt(match[1] ?? '') * second + (text.startsWith('-') ? -fraction : fraction);
}

function parseDate(text: string): Instant | undefined {
  const match =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  if (!match) return undefined;
  const [, date, hours = '00', minutes = '00', seconds = '00', fraction = '', zone = ''] = match;
  const milliseconds = Date.parse(`${date}T${hours}:${minutes}:${seconds}${zone}`);
  if (Number.isNaN(milliseconds)) return undefined;
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function before(now: number, text: string): Instant | undefined {
  const duration = readGoDuration(text);
  return 'nanoseconds' in duration ? BigInt(now) * 1_000_000n - duration.nanoseconds : undefined;
}
