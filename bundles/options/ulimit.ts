// `--ulimit name=soft[:hard]`.
import type {Ulimit} from '../container-options.ts';
import {optionError} from './option-error.ts';

/** Docker's names: those of setrlimit(2) but for `as`, which would keep the runtime itself from starting. */
export const ulimitNames: readonly string[] =
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(
    ' ',
  );

/** -1 in the result means no limit; so do `-1` and `infinity` in the text. Throws EngineError 'invalid-option'. */
export function parseUlimit(text: string): Ulimit {
  const equals = text.indexOf('=');
  if (equals === -1) throw optionError(`invalid ulimit argument: ${text}`);
  const name = text.slice(0, equals);
  if (!ulimitNames.includes(name)) {
    throw optionError(`invalid ulimit type: ${name}`, {hint: `the types are ${ulimitNames.join(', ')}`});
  }
  const [softText = '', hardText = softText, ...rest] = text.slice(equals + 1).split(':');
  if (rest.length > 0) {
    throw optionError(
      `too many limit value arguments - ${text.slice(equals + 1)}, can only have up to two, \`soft[:hard]\``,
    );
  }
  const soft = parseLimit(softText);
  const hard = parseLimit(hardText);
  if (hard !== -1 && (soft === -1 || soft > hard)) {
    const difference = soft === -1 ? `soft: -1 (unlimited), hard: ${hard}` : `${soft} > ${hard}`;
    throw optionError(`ulimit soft limit must be less than or equal to hard limit: ${difference}`);
  }
  return {name, soft, hard};
}

function parseLimit(text: string): number {
  if (text === 'infinity') return -1;
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value) || value < -1)
    throw optionError(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  if (!Number.isSafeInteger(value))
    throw optionError(`strconv.ParseInt: parsing "${text}": value out of range`);
  return value;
}
