// Whether a blob of the store is what its name says, asked where nothing can be waited for.
import {closeSync, openSync, readSync} from 'node:fs';
import {errnoOf} from '../../errors.ts';
import {type Digest, startDigest} from '../digest.ts';

const pieceBytes = 1024 * 1024;

/** Reads all of the file. False also for one that is gone or that the disk cannot read. */
export function isSoundBlob(path: string, digest: Digest): boolean {
  try {
    return digestOfFile(path, digest) === digest;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

function digestOfFile(path: string, expected: Digest): Digest {
  const running = startDigest(expected);
  const fd = openSync(path, 'r');
  try {
    const piece = Buffer.allocUnsafe(pieceBytes);
    for (let size = readSync(fd, piece); size > 0; size = readSync(fd, piece))
      running.update(piece.subarray(0, size));
  } finally {
    closeSync(fd);
  }
  return running.end();
}
