// Amounts of memory: `-m 512m`, `--shm-size 1g`. Units are powers of 1024 in either case; `b` and `ib` may follow.
import {optionError} from './option-error.ts';

const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
  p: 1024 ** 5,
};

/** Bytes, rounded down. `1.5g`, `64MiB`, `10 k` and a bare number of bytes. Throws EngineError 'invalid-option'. */
export function parseMemory(text: string): number {
  const [, number, suffix = ''] = /^(.*[\d.])? ?([^\d. ]*)$/s.exec(text) ?? [];
  if (number === undefined || !/\d/.test(number)) throw optionError(`invalid size: '${text}'`);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(number)) {
    throw optionError(`strconv.ParseFloat: parsing "${number}": invalid syntax`);
  }
  const value = Number(number);
  if (value < 0) throw optionError(`invalid size: '${text}'`);
  const [, unit] = /^([kmgtp]?)(?:i?b)?$/.exec(suffix.toLowerCase()) ?? [];
  const scale = unit === undefined || (unit === '' && suffix.length > 1) ? undefined : unitBytes[unit];
  if (scale === undefined) throw optionError(`invalid suffix: '${suffix.toLowerCase()}'`);
  const bytes = Math.floor(value * scale);
  if (!Number.isSafeInteger(bytes)) throw optionError(`invalid size: '${text}'`);
  return bytes;
}

/** `--memory-swap`: as parseMemory, and -1 for no limit. */
export function parseMemorySwap(text: string): number {
  return text === '-1' ? -1 : parseMemory(text);
}
