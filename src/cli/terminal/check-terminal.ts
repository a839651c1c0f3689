// Whether a terminal that a command asks for is there.

import {UsageError} from '../usage-error.ts';
import {hasTerminalInput} from './raw-terminal.ts';

/** Throws in Docker's words when `-it` is asked for and standard input is no terminal. */
export function checkTerminal({tty, input}: {tty: boolean; input: boolean}): void {
  if (!tty || !input || hasTerminalInput()) return;
  throw new UsageError('the input device is not a TTY', {
    exit: 1,
    hint: 'leave -t out, or run it from a terminal',
  });
}
