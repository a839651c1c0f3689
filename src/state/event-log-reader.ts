// Reads the log of event-log.ts, also while others write it and its files change places.
import {Buffer} from 'node:buffer';
import {closeSync, fstatSync, openSync, readSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {errnoOf} from '../errors.ts';

interface OpenFile {
  fd: number;
  inode: bigint;
  offset: number;
}

const recordSeparator = 0x1e;
const newline = 0x0a;
const blockBytes = 65536;

export class EventLogReader implements Disposable {
  readonly #paths: readonly [before: string, now: string];
  // Oldest first. The two that have names, and the one before: a writer that was late may still append to it.
  #files: OpenFile[] = [];

  /** A place in the log of `folder`: before all that is there, or behind it. */
  constructor(folder: string, from: 'start' | 'end') {
    this.#paths = [join(folder, 'log.1'), join(folder, 'log')];
    this.#openNew();
    if (from === 'end') for (const file of this.#files) file.offset = Number(fstatSync(file.fd).size);
  }

  /** The whole records that came since the last call, in the order of writing. */
  *read(): Generator<string> {
    this.#openNew();
    for (const file of this.#files) yield* readRecords(file);
    for (const {fd} of this.#files.splice(0, this.#files.length - 3)) closeSync(fd);
  }

  #openNew(): void {
    for (const file of openBoth(this.#paths)) {
      if (this.#files.some(({inode}) => inode === file.inode)) closeSync(file.fd);
      else this.#files.push(file);
    }
  }

  [Symbol.dispose](): void {
    for (const {fd} of this.#files.splice(0)) closeSync(fd);
  }
}

// As they were at one moment: when they change places in between, the one that was `log` is neither.
function openBoth([before, now]: readonly [before: string, now: string]): OpenFile[] {
  for (;;) {
    const [older, newer] = [openExisting(before), openExisting(now)];
    const files = [older, newer].filter((file) => file !== undefined);
    if (statSync(before, {bigint: true, throwIfNoEntry: false})?.ino === older?.inode) return files;
    for (const {fd} of files) closeSync(fd);
  }
}

function openExisting(path: string): OpenFile | undefined {
  try {
    const fd = openSync(path, 'r');
    return {fd, inode: fstatSync(fd, {bigint: true}).ino, offset: 0};
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

// What has no line feed yet is left for the next time.
function* readRecords(file: OpenFile): Generator<string> {
  let rest = Buffer.alloc(0);
  for (;;) {
    const block = Buffer.allocUnsafe(blockBytes);
    const count = readSync(file.fd, block, 0, blockBytes, file.offset + rest.length);
    if (count === 0) return;
    rest = Buffer.concat([rest, block.subarray(0, count)]);
    const end = rest.lastIndexOf(newline) + 1;
    file.offset += end;
    const whole = rest.subarray(0, end);
    rest = rest.subarray(end);
    yield* splitRecords(whole);
  }
}

// A line is a record; what was torn before it has no line feed of its own.
function* splitRecords(lines: Buffer): Generator<string> {
  for (let from = 0; from < lines.length; ) {
    const end = lines.indexOf(newline, from);
    const start = lines.lastIndexOf(recordSeparator, end);
    if (start >= from) yield lines.toString('utf8', start + 1, end);
    from = end + 1;
  }
}
