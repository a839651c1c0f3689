// Standard output and standard error, written at once and in order. Node's own stream objects cost 3 ms to make, and
// write to files, pipes and terminals synchronously too.

import {fstatSync, writeSync} from 'node:fs';
import {EngineError, errnoOf} from '../../errors.ts';

/** What a shell reports for a program that SIGPIPE ended, which is how other programs leave a closed pipe. */
const brokenPipeExit = 141;

/** Writes all of it. When the reader of a pipe is gone, the process ends quietly. Throws EngineError, for a full disk say. */
export function writeOut(data: string | Uint8Array): void {
  writeAll(1, data);
}

/** The same, but that what cannot be written is not: there is no other place to tell it. */
export function writeError(data: string | Uint8Array): void {
  writeAll(2, data);
}

/** As Docker words what does not keep a command from going on. */
export function writeWarning(text: string): void {
  writeError(`WARNING: ${text}\n`);
}

export function isTerminal(fd: 0 | 1 | 2): boolean {
  // Node's tty module takes 3 ms to load: most of what is not a terminal is no character device either.
  if (!isCharacterDevice(fd)) return false;
  const {isatty} = process.getBuiltinModule('node:tty');
  return isatty(fd);
}

function isCharacterDevice(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch {
    return false; // closed
  }
}

function writeAll(fd: number, data: string | Uint8Array): void {
  let rest = typeof data === 'string' ? Buffer.from(data) : data;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (!isWorthAnotherTry(error, fd)) return;
    }
  }
}

function isWorthAnotherTry(error: unknown, fd: number): boolean {
  const code = errnoOf(error);
  if (code === undefined || !(error instanceof Error)) throw error;
  if (code === 'EPIPE') process.exit(brokenPipeExit);
  if (code === 'EAGAIN') {
    // Somebody made the pipe or terminal non-blocking: wait a little for its reader.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    return true;
  }
  if (fd === 2) return false;
  // Docker's words, which are Go's.
  const why = error.message.replace(/^E[A-Z0-9]+: |, write$/g, '');
  throw new EngineError('system-call-failed', `write /dev/stdout: ${why}`, {cause: error});
}
