// The sha256 of a file's content: of one that is being written piece by piece, or of one on disk.
import {createHash, type Hash, hash} from 'node:crypto';
import {closeSync, constants, openSync, readSync} from 'node:fs';
import {forgetContent} from '../system/libc.ts';

const zeros = Buffer.alloc(1024 * 1024);
// Hashing a hole takes as long as if it were data, and an archive of a kilobyte may claim one of a petabyte.
const maxHoleBytes = 1024 * 1024 * 1024;
const emptyDigest = hash('sha256', '');

/** Of one file while it is written, in order. */
export class ContentDigest {
  #hash: Hash | undefined;
  #whole: string | undefined;
  #position = 0;
  #holeBytes = 0;

  /** `bytes` stand at `offset` of the file: at the end of what was added, or after a hole. `isWhole`: nothing else comes. */
  add(bytes: Buffer, offset: number, isWhole: boolean): void {
    if (isWhole && offset === 0) {
      // A third of the price of a running hash, for most files of most images.
      this.#whole = hash('sha256', bytes);
      return;
    }
    this.#skipTo(offset);
    this.#running().update(bytes);
    this.#position = offset + bytes.length;
  }

  /** In hexadecimal, for a file of this size; undefined when its holes are too large to be hashed. */
  end(sizeBytes: number): string | undefined {
    if (this.#whole !== undefined) return this.#whole;
    if (sizeBytes === 0) return emptyDigest;
    this.#skipTo(sizeBytes);
    return this.#holeBytes > maxHoleBytes ? undefined : this.#running().digest('hex');
  }

  #running(): Hash {
    this.#hash ??= createHash('sha256');
    return this.#hash;
  }

  #skipTo(offset: number): void {
    const bytes = offset - this.#position;
    this.#holeBytes += bytes;
    this.#position = offset;
    if (this.#holeBytes > maxHoleBytes) return;
    for (let left = bytes; left > 0; left -= zeros.length)
      this.#running().update(left < zeros.length ? zeros.subarray(0, left) : zeros);
  }
}

/**
 * Of a regular file as the disk has it, not as the kernel remembers it; no link is followed. `pause` is called for each piece, so
 * that others get a turn. Throws the errors of system calls, and what `pause` throws.
 */
export async function digestOnDisk(
  path: string | Buffer,
  pause: (bytes: number) => Promise<void> | undefined,
): Promise<string> {
  const fd = openSync(path, flags);
  try {
    forgetContent(fd);
    const running = createHash('sha256');
    for (;;) {
      const piece = readPiece(fd);
      if (piece.length === 0) return running.digest('hex');
      running.update(piece);
      await pause(piece.length);
    }
  } finally {
    closeSync(fd);
  }
}

/** The same of one that was just written. */
export function digestOfFile(path: string | Buffer): string {
  const fd = openSync(path, flags);
  try {
    const running = createHash('sha256');
    for (;;) {
      const piece = readPiece(fd);
      if (piece.length === 0) return running.digest('hex');
      running.update(piece);
    }
  } finally {
    closeSync(fd);
  }
}

const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const buffer = Buffer.allocUnsafeSlow(256 * 1024);

// Valid until the next call. Empty at the end.
function readPiece(fd: number): Buffer {
  return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, null));
}
