// The systemd journal over its native protocol: one datagram an entry, sent and forgotten. Without a journal, with one that
// does not read, and for whatever else keeps it from taking an entry, nothing happens: no command waits or fails for its sake.
// https://systemd.io/JOURNAL_NATIVE_PROTOCOL/
import {Buffer} from 'node:buffer';
import {LibcError, openUnixDatagram, sendDatagram} from './libc.ts';

/** Names are upper case, digits and `_`. What is undefined is left out. */
export type JournalFields = Readonly<Record<string, string | undefined>>;

export const journalSocket = '/run/systemd/journal/socket';

// The kernel refuses a datagram above its send buffer, and `journalctl -o json` shows a larger field as null.
const maxValueBytes = 4000;
const cutMark = '… (cut)';

/** Pure. A value with a newline has its length before it instead of a `=`; one above 4,000 bytes is cut, and says so. */
export function encodeJournalEntry(fields: JournalFields): Buffer {
  const parts = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : encodeField(name, Buffer.from(cut(value))),
  );
  return Buffer.concat(parts);
}

function encodeField(name: string, value: Buffer): Buffer[] {
  if (!value.includes('\n')) return [Buffer.from(`${name}=`), value, newline];
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(value.length));
  return [Buffer.from(`${name}\n`), length, value, newline];
}

const newline = Buffer.from('\n');

function cut(value: string): string {
  if (Buffer.byteLength(value) <= maxValueBytes) return value;
  const bytes = Buffer.from(value).subarray(0, maxValueBytes - Buffer.byteLength(cutMark));
  // A character cut in two decodes to U+FFFD at the end.
  return `${bytes.toString().replace(/\ufffd+$/, '')}${cutMark}`;
}

let socket: number | undefined;

/** Sends one entry, or drops it. Never waits, never throws. */
export function writeJournal(fields: JournalFields, path = journalSocket): void {
  try {
    socket ??= openUnixDatagram();
    // By its path each time: a restarted journald is found again.
    sendDatagram(socket, path, encodeJournalEntry(fields));
  } catch (error) {
    if (!(error instanceof LibcError)) throw error;
  }
}
