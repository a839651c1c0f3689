// Amounts of memory: `-m 512m`, `--shm-size 1g`. Units are powers of 1024 in either case; `b` and `ib` may follow.
import {optionError} from './option-error.ts';

const units = ['', 'k', 'm', 'g', 't', 'p'];

/** Bytes, rounded down. `1.5g`, `64MiB`, `10 k` and a bare number of bytes. Throws EngineError 'invalid-option'. */
export function parseMemory(text: string): number {
  return parseSize(text, 1024);
}

/** As parseMemory, with units that are powers of 1000: the size of a log. */
export function parseDecimalSize(text: string): number {
  return parseSize(text, 1000);
}

function parseSize(text: string, step: number): number {
  const [, number, suffix = ''] = /^(.*[\d.])? ?([^\d. ]*)$/s.exec(text) ?? [];
  if (number === undefined || !/\d/.test(number)) throw optionError(`invalid size: '${text}'`);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(number)) {
    throw optionError(`strconv.ParseFloat: parsing "${number}": invalid syntax`);
  }
  const value = Number(number);
  if (value < 0) throw optionError(`invalid size: '${text}'`);
  const [, unit] = /^([kmgtp]?)(?:i?b)?$/.exec(suffix.toLowerCase()) ?? [];
  if (unit === undefined || (unit === '' && suffix.length > 1))
    throw optionError(`invalid suffix: '${suffix.toLowerCase()}'`);
  const bytes = Math.floor(value * step ** units.indexOf(unit));
  if (!Number.isSafeInteger(bytes)) throw optionError(`invalid size: '${text}'`);
  return bytes;
}

/** `--memory-swap`: as parseMemory, and -1 for no limit. */
export function parseMemorySwap(text: string): number {
  return text === '-1' ? -1 : parseMemory(text);
}
