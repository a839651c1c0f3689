// Writes the data of an entry into its file, holes left out.
import {writeSync} from 'node:fs';
import type {SparseMap} from './sparse-map.ts';

/** How far into a sparse map the data has come. */
export interface SparsePosition {
  run: number;
  runBytes: number;
}

/** The next `bytes` of an entry's data. `position` is moved on; it only matters for sparse files. */
export function writeData(
  fd: number,
  bytes: Buffer,
  sparse: SparseMap | undefined,
  position: SparsePosition,
): void {
  if (sparse) writeSparse(fd, bytes, sparse, position);
  else writeAll(fd, bytes);
}

/** All of them, at `position` or where the file stands. */
export function writeAll(fd: number, bytes: Buffer, position?: number): void {
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(fd, bytes, at, bytes.length - at, position === undefined ? null : position + at);
  }
}

/** The next `bytes` of a sparse file's data; `onWritten` hears of each piece, and where in the file it went. */
export function writeSparse(
  fd: number,
  bytes: Buffer,
  {runs}: SparseMap,
  position: SparsePosition,
  onWritten?: (part: Buffer, offset: number) => void,
): void {
  for (let at = 0; at < bytes.length; ) {
    const run = runs[position.run];
    if (!run) throw new Error('more data than the sparse map holds');
    const count = Math.min(run.length - position.runBytes, bytes.length - at);
    const part = bytes.subarray(at, at + count);
    const offset = run.offset + position.runBytes;
    writeAll(fd, part, offset);
    onWritten?.(part, offset);
    at += count;
    position.runBytes += count;
    if (position.runBytes === run.length) {
      position.run++;
      position.runBytes = 0;
    }
  }
}
