// The values of `logs`: how many lines, and from when.

import {UsageError} from './usage-error.ts';

/** 'all', or a number of lines. A negative number means all, as in Docker. */
export function parseTail(text: string): number | 'all' {
  if (text === 'all') return 'all';
  if (!/^[+-]?\d+$/.test(text)) throw new Error("must be a number of lines or 'all'");
  return Number(text) < 0 ? 'all' : Number(text);
}

/**
 * A time as Docker takes it: RFC 3339 whole or in part (`2013-01-02`, `2013-01-02T13:23`, local without a zone), Unix
 * seconds (`1136073600.5`), or how long ago as a Go duration (`1h30m`).
 */
export function parseLogTime(text: string, now: Date): Date {
  const duration = parseDuration(text);
  if (duration !== undefined) return new Date(now.getTime() - duration);
  if (/^\d+(\.\d+)?$/.test(text)) return new Date(Number(text) * 1000);
  const shape = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?))?(Z|[+-]\d{2}:\d{2})?$/.exec(
    text,
  );
  const [, day, time, zone = ''] = shape ?? [];
  const filled =
    time === undefined ? '00:00:00' : time + ':00:00'.slice(0, Math.max(0, (8 - time.length) / 3) * 3);
  const date = new Date(`${day}T${filled}${zone}`);
  if (shape !== null && !Number.isNaN(date.getTime())) return date;
  throw new UsageError(`invalid time '${text}'`, {
    exit: 1,
    hint: "write '2013-01-02T13:23:37Z', or '42m' for 42 minutes ago",
  });
}

const unitsMs: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

function parseDuration(text: string): number | undefined {
  if (!/^-?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(count) * (unitsMs[unit ?? ''] ?? 0);
  }
  return text.startsWith('-') ? -total : total;
}
