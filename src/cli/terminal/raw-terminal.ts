// The terminal that crundle runs in: raw mode while a container has it, and back again however crundle ends.

import {isTerminal} from '../output/standard-streams.ts';

/** Signals that end this process by default; the terminal is put back first. */
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** True when standard input is a terminal. */
export function hasTerminalInput(): boolean {
  return isTerminal(0);
}

/**
 * Puts the terminal at standard input into raw mode. The result puts it back, and may be called twice; exit, crash
 * and ending signals call it too.
 */
export function enterRawMode(): () => void {
  const input = process.stdin;
  if (!input.isTTY) return () => undefined;
  input.setRawMode(true);
  const restore = () => {
    process.off('exit', restore);
    for (const signal of endingSignals) process.off(signal, endBySignal);
    input.setRawMode(false);
  };
  const endBySignal = (signal: NodeJS.Signals) => {
    restore();
    process.kill(process.pid, signal);
  };
  process.on('exit', restore);
  for (const signal of endingSignals) process.on(signal, endBySignal);
  return restore;
}

/** The window's size, where standard output is a terminal that has one. */
export function windowSize(): {columns: number; rows: number} | undefined {
  if (!isTerminal(1)) return undefined;
  const [columns, rows] = process.stdout.getWindowSize();
  return columns > 0 && rows > 0 ? {columns, rows} : undefined;
}
