// A log of records, in two files of bounded size:
//   FOLDER/log      what was appended last
//   FOLDER/log.1    what was before; replaced when `log` is full
//   FOLDER/lock     held while they change places
// A record is a JSON text sequence's (RFC 7464): RS, text, line feed. What a power cut or a full disk tore is passed over up
// to the next RS. The kernel lets one append finish before the next (O_APPEND), so that writers need no lock.
import {Buffer} from 'node:buffer';
import {closeSync, fstatSync, mkdirSync, openSync, renameSync, statSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {errnoOf} from '../errors.ts';
import {tryLockFile} from '../system/file-lock.ts';

/** When `log` is as long as this, it becomes `log.1`. */
export const fullLogBytes = 4 * 1024 * 1024;

/** A file is kept open for so long: opening costs more than writing, and a new `log` is to be found soon. */
const openMs = 1000;

export class EventLog implements Disposable {
  readonly folder: string;
  readonly #fullBytes: number;
  #file: {fd: number; bytes: number; openedMs: number} | undefined;

  /** `folder` is made with the first record, readable by nobody else. */
  constructor(folder: string, {fullBytes = fullLogBytes}: {fullBytes?: number} = {}) {
    this.folder = folder;
    this.#fullBytes = fullBytes;
  }

  /**
   * Appends a text without control characters. Not synced: a power cut may take the last ones. False when the system refuses
   * (a full disk, one that is read-only): what is told of has happened all the same.
   */
  append(text: string): boolean {
    try {
      const file = this.#open();
      const record = Buffer.from(`\u001e${text}\n`);
      const written = writeSync(file.fd, record);
      file.bytes += written;
      if (file.bytes >= this.#fullBytes) this.#rotate();
      return written === record.length;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return false;
    }
  }

  /** Closes the file; the next record opens it again. */
  close(): void {
    if (this.#file) closeSync(this.#file.fd);
    this.#file = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open(): {fd: number; bytes: number} {
    const now = performance.now();
    if (this.#file && now - this.#file.openedMs < openMs) return this.#file;
    this.close();
    const fd = openToAppend(this.folder);
    this.#file = {fd, bytes: fstatSync(fd).size, openedMs: now};
    return this.#file;
  }

  // Whoever is late finds a short log under the lock; who still has the old one open appends to log.1, which is read too.
  #rotate(): void {
    this.close();
    using lock = tryLockFile(join(this.folder, 'lock'), 'exclusive');
    const path = join(this.folder, 'log');
    if (lock && statSync(path).size >= this.#fullBytes) renameSync(path, `${path}.1`);
  }
}

function openToAppend(folder: string): number {
  const path = join(folder, 'log');
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    mkdirSync(folder, {recursive: true, mode: 0o700});
    return openSync(path, 'a', 0o600);
  }
}
