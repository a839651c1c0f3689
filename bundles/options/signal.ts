// Signals by name and number, as on every Linux architecture that crundle runs on.
import {optionError} from './option-error.ts';

/** From 1 on. */
const names = [
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG',
  'XCPU XFSZ VTALRM PROF WINCH IO PWR SYS',
].flatMap((line) => line.split(' '));

const aliases = new Map([
  ['CLD', 'CHLD'],
  ['IOT', 'ABRT'],
  ['POLL', 'IO'],
]);

/** The C library keeps 32 and 33 for itself. */
const firstRealTime = 34;
const lastRealTime = 64;

export interface Signal {
  /** With `SIG`: `SIGTERM`, `SIGRTMIN+3`. */
  name: string;
  number: number;
}

/** A name with or without `SIG` in any case, or a number. Throws EngineError 'invalid-option'. */
export function parseSignal(text: string): Signal {
  const number = /^\d+$/.test(text) ? Number(text) : numberOf(text.toUpperCase().replace(/^SIG/, ''));
  const name = number === undefined ? undefined : nameOf(number);
  if (number === undefined || name === undefined) throw optionError(`invalid signal: ${text}`);
  return {name: `SIG${name}`, number};
}

function numberOf(word: string): number | undefined {
  const index = names.indexOf(aliases.get(word) ?? word);
  if (index !== -1) return index + 1;
  const [, base, offset = '0'] = /^RT(MIN|MAX)([+-]\d+)?$/.exec(word) ?? [];
  if (base === undefined) return undefined;
  const number = (base === 'MIN' ? firstRealTime : lastRealTime) + Number(offset);
  return number >= firstRealTime && number <= lastRealTime ? number : undefined;
}

function nameOf(number: number): string | undefined {
  if (number < firstRealTime || number > lastRealTime) return names[number - 1];
  if (number === firstRealTime) return 'RTMIN';
  if (number === lastRealTime) return 'RTMAX';
  // As signal(7) does: the lower half counts up from the first, the upper half down from the last.
  return number - firstRealTime <= 15 ? `RTMIN+${number - firstRealTime}` : `RTMAX-${lastRealTime - number}`;
}
