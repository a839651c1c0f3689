// The grammar of `--since` and `--until`, Docker's: a duration back from now (`10m`, `1h30m`), seconds since 1970 with
// or without a fraction, or a date, with or without time and zone. Pure.
import {EngineError} from '../errors.ts';
import type {Instant} from './log-record.ts';

const second = 1_000_000_000n;
const unitNanoseconds: Record<string, bigint> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: second,
  m: 60n * second,
  h: 3600n * second,
};

/** `now` in milliseconds. A date without a zone is local time. Throws EngineError 'invalid-option'. */
export function parseTimeFilter(text: string, now: number): Instant {
  const found = parseUnixTime(text) ?? parseDate(text) ?? before(now, parseDuration(text));
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
  const match = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:\d\d)?$/.exec(
    text,
  );
  if (!match) return undefined;
  const [, date, minutes = '00:00', seconds = '00', fraction = '', zone = ''] = match;
  const milliseconds = Date.parse(`${date}T${minutes}:${seconds}${zone}`);
  if (Number.isNaN(milliseconds)) return undefined;
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** Go's duration, in nanoseconds: `1h15m30.5s`, `-1.5h`, `0`. Undefined when it is not one. */
export function parseDuration(text: string): bigint | undefined {
  if (!/^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return undefined;
  let sum = 0n;
  for (const [, whole, fraction = '', unit] of text.matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const scale = unitNanoseconds[unit ?? ''] ?? 0n;
    sum += BigInt(whole || '0') * scale + (BigInt(fraction || '0') * scale) / 10n ** BigInt(fraction.length);
  }
  return text.startsWith('-') ? -sum : sum;
}

function before(now: number, duration: bigint | undefined): Instant | undefined {
  return duration === undefined ? undefined : BigInt(now) * 1_000_000n - duration;
}
