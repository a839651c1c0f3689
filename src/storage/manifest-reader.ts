// Reads a layer's manifest line by line, whatever its size, and hashes it on the way.
import {createHash} from 'node:crypto';
import {closeSync, openSync, readSync} from 'node:fs';
import {join} from 'node:path';
import {manifestFile} from './layer-manifest.ts';
import {mtreeUp} from './mtree.ts';

const pieceBytes = 256 * 1024;
// A name of 255 bytes, a target of 4,095, all in octal, and 64 KiB of attributes in base64: no real line is longer.
const maxLineBytes = 1024 * 1024;

/**
 * Yields the line of each entry, and `undefined` where a folder ends; returns the digest of the whole file. Throws the errors of
 * system calls.
 */
export function* readManifest(folder: string): Generator<string | undefined, string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(pieceBytes);
  const fd = openSync(join(folder, manifestFile), 'r');
  try {
    let rest = '';
    for (;;) {
      const count = readSync(fd, buffer, 0, pieceBytes, null);
      if (count === 0) break;
      hash.update(buffer.subarray(0, count));
      const lines = (rest + buffer.toString('latin1', 0, count)).split('\n');
      rest = lines.pop() ?? '';
      // Damaged: what is read further only serves its digest.
      if (rest.length > maxLineBytes) rest = '';
      for (const line of lines) {
        if (line === mtreeUp) yield undefined;
        else if (line !== '' && !line.startsWith('#')) yield line;
      }
    }
    return `sha256:${hash.digest('hex')}`;
  } finally {
    closeSync(fd);
  }
}
