// The window size of a container's terminal, told to conmon through its `ctl` FIFO. Knows nothing of the person's own
// terminal.
import {closeSync, constants, openSync, writeSync} from 'node:fs';
import {errnoOf} from '../errors.ts';

export interface TerminalSize {
  columns: number;
  rows: number;
}

// conmon ignores a message with a number above this.
const largest = 1000;

/**
 * Sets the window size; the processes on the terminal get SIGWINCH. `controlFifo` is `ctl` in the run folder. May be
 * called before the container starts: conmon applies it as soon as there is a terminal. Nothing happens, and nothing
 * waits, when conmon has ended.
 */
export function resizeTerminal(controlFifo: string, size: TerminalSize): void {
  let fd: number;
  try {
    // Without O_NONBLOCK the open would wait for a reader, which a dead conmon never becomes.
    fd = openSync(controlFifo, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENXIO' || errnoOf(error) === 'ENOENT') return;
    throw error;
  }
  try {
    writeSync(fd, resizeMessage(size));
  } catch (error) {
    // EAGAIN: conmon has not read hundreds of sizes yet, so it is stopped; EPIPE: it has just ended.
    if (errnoOf(error) !== 'EAGAIN' && errnoOf(error) !== 'EPIPE') throw error;
  } finally {
    closeSync(fd);
  }
}

/** conmon's words: message type 1, then height before width. */
export function resizeMessage({columns, rows}: TerminalSize): string {
  return `1 ${Math.min(rows, largest)} ${Math.min(columns, largest)}\n`;
}
