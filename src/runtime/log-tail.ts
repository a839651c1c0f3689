// Where the last lines of a log begin, found from its end: a large log is not read whole for its last ten lines.
import {Buffer} from 'node:buffer';
import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import {endsLine, headBytes} from './log-record.ts';
import type {LogGeneration} from './log-rotation.ts';

export interface LogPosition {
  /** Index into the generations. */
  generation: number;
  offset: number;
}

const newline = 10;
const blockBytes = 65536;

/**
 * The position at which the last `lines` lines begin; the log's begin when it has fewer. A line that was written in
 * parts counts once. When two streams write parts at the same time, the first line may lack its begin.
 */
export function findTail(generations: readonly LogGeneration[], lines: number): LogPosition {
  let wanted = lines;
  for (let generation = generations.length - 1; generation >= 0; generation -= 1) {
    const file = generations[generation];
    if (!file) break;
    const found = scanBackwards(file.path, wanted, generation === generations.length - 1);
    if (found.offset !== undefined) return {generation, offset: found.offset};
    wanted -= found.lines;
  }
  return {generation: 0, offset: 0};
}

// Every record that ends a line begins one line less; the position is behind the one that is too many. An unfinished
// line at the very end is a line, too.
function scanBackwards(path: string, wanted: number, isNewest: boolean): {offset?: number; lines: number} {
  const fd = openSync(path, 'r');
  try {
    const {size} = fstatSync(fd);
    if (wanted === 0) return {offset: size, lines: 0};
    const block = Buffer.allocUnsafe(blockBytes + headBytes);
    let lines = 0;
    // The start of the record after the one that is looked at.
    let next = size;
    let last = isNewest;
    for (let to = size; to > 0; to -= blockBytes) {
      const from = Math.max(to - blockBytes, 0);
      const read = readSync(fd, block, 0, Math.min(block.length, size - from), from);
      const bytes = block.subarray(0, read);
      for (const start of startsIn(bytes, to - from, from)) {
        if (start >= size) continue;
        const ends = endsLine(bytes.subarray(start - from));
        if (ends && lines === wanted) return {offset: next, lines};
        if (ends || last) lines += 1;
        last = false;
        next = start;
      }
    }
    return {lines};
  } finally {
    closeSync(fd);
  }
}

// The offsets at which records start within the first `length` bytes of a block, from the last to the first.
function* startsIn(bytes: Buffer, length: number, from: number): Generator<number> {
  for (let at = length; at > 0; ) {
    at = bytes.lastIndexOf(newline, at - 1);
    if (at < 0) break;
    yield from + at + 1;
  }
  if (from === 0) yield 0;
}
