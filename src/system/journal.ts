// The systemd journal over its native protocol: one datagram an entry, sent and forgotten. Without a journal, with one that
// does not read, and for whatever else keeps it from taking an entry, nothing happens: no command waits or fails for its sake.
// https://systemd.io/JOURNAL_NATIVE_PROTOCOL/
import {Buffer} from 'node:buffer';
import {closeSync, existsSync, writeSync} from 'node:fs';
import {errnoOf} from '../errors.ts';
import {connectDatagram} from './libc.ts';

/** Names are upper case, digits and `_`. What is undefined is left out. */
export type JournalFields = Readonly<Record<string, string | undefined>>;

export const journalSocket = '/run/systemd/journal/socket';

// The kernel refuses a datagram above its send buffer, and `journalctl -o json` shows a larger field as null.
const maxValueBytes = 4000;
const cutMark = '… (cut)';

/**
 * Pure. A value with a newline has its length before it instead of a `=`; one above 4,000 bytes is cut, and
 * says so.
 */
export function encodeJournalEntry(fields: JournalFields): Buffer {
  let lines = '';
  const long: Buffer[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const text = cut(value);
    if (text.includes('\n')) long.push(...lengthPrefixed(name, Buffer.from(text)));
    else lines += `${name}=${text}\n`;
  }
  const short = Buffer.from(lines);
  return long.length === 0 ? short : Buffer.concat([short, ...long]);
}

function lengthPrefixed(name: string, value: Buffer): Buffer[] {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(value.length));
  return [Buffer.from(`${name}\n`), length, value, Buffer.from('\n')];
}

function cut(value: string): string {
  // A character has at most three bytes a UTF-16 unit.
  if (value.length * 3 <= maxValueBytes || Buffer.byteLength(value) <= maxValueBytes) return value;
  const bytes = Buffer.from(value).subarray(0, maxValueBytes - Buffer.byteLength(cutMark));
  // A character cut in two decodes to U+FFFD at the end.
  return `${bytes.toString().replace(/\ufffd+$/, '')}${cutMark}`;
}

/** The journal behind a socket, from its first entry on. */
export class Journal {
  readonly #path: string;
  /** null: there is none, and it is not looked for again. */
  #socket: number | null | undefined;

  constructor(path = journalSocket) {
    this.#path = path;
  }

  /** Sends one entry, or drops it. Never waits; throws for bugs only. */
  write(fields: JournalFields): void {
    if (this.#socket === undefined) this.#socket = this.#connect();
    if (this.#socket === null) return;
    try {
      writeSync(this.#socket, encodeJournalEntry(fields));
    } catch (error) {
      const code = errnoOf(error);
      if (code === undefined) throw error;
      // It is full, or refuses this entry: the next one may fit.
      if (code !== 'ECONNREFUSED') return;
      closeSync(this.#socket);
      this.#socket = undefined;
    }
  }

  #connect(): number | null {
    // A third of the time that a failed connect takes, with its error.
    if (!existsSync(this.#path)) return null;
    try {
      return connectDatagram(this.#path);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return null;
    }
  }
}
