// One record of a log file in conmon's k8s-file format: `2026-11-24T10:47:12.123456789+00:00 stdout F line`, with P in
// place of F when the line goes on in the stream's next record. The line may hold any byte but a newline. Pure.
import type {Buffer} from 'node:buffer';

export interface LogEntry {
  /** RFC 3339 with nanoseconds, in UTC: `2026-11-24T10:47:12.123456789Z`. */
  time: string;
  stream: 'stdout' | 'stderr';
  /** Without the newline. */
  line: Buffer;
  /** The line goes on in the next entry of this stream. */
  partial: boolean;
}

/** Nanoseconds since 1970. */
export type Instant = bigint;

// The longest head: a year of five digits.
export const headBytes = 48;

const head = /^(\d{4,5}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})([+-]\d\d:\d\d) (stdout|stderr) ([FP]) /;

/** Undefined for what is not a record, such as half a one after a crash. */
export function parseRecord(record: Buffer): LogEntry | undefined {
  const match = head.exec(record.toString('latin1', 0, headBytes));
  if (!match) return undefined;
  const [whole, seconds, nanoseconds, zone, stream, tag] = match;
  return {
    time: `${inUtc(seconds ?? '', zone ?? '')}.${nanoseconds}Z`,
    stream: stream === 'stderr' ? 'stderr' : 'stdout',
    line: record.subarray(whole.length),
    partial: tag === 'P',
  };
}

/** True when the record that starts here ends its line. */
export function endsLine(start: Buffer): boolean {
  return head.exec(start.toString('latin1', 0, headBytes))?.[5] !== 'P';
}

/** The instant of an entry's time. */
export function instantOf(time: string): Instant {
  const dot = time.indexOf('.');
  return BigInt(Date.parse(`${time.slice(0, dot)}Z`)) * 1_000_000n + BigInt(time.slice(dot + 1, -1));
}

function inUtc(seconds: string, zone: string): string {
  return zone === '+00:00' ? seconds : new Date(`${seconds}${zone}`).toISOString().slice(0, -5);
}
