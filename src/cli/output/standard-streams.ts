// Standard output and standard error, written at once and in order. Node's own stream objects cost 3 ms to make, and
// write to files, pipes and terminals synchronously too.

import {fstatSync, writeSync} from 'node:fs';

/** What a shell reports for a program that SIGPIPE ended, which is how other programs leave a closed pipe. */
const brokenPipeExit = 141;

/** Writes all of it. When the reader of a pipe is gone, the process ends quietly. */
export function writeOut(data: string | Uint8Array): void {
  writeAll(1, data);
}

/** See {@link writeOut}. */
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
      handle(error);
    }
  }
}

function handle(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EPIPE') process.exit(brokenPipeExit);
  if (code !== 'EAGAIN') throw error;
  // Somebody made the pipe or terminal non-blocking: wait a little for its reader.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
}
