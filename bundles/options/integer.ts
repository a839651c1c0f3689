// Whole numbers of flags such as --pids-limit and --stop-timeout, with the words of Docker's flag library.
import {optionError} from './option-error.ts';

/** A decimal number with an optional sign. Throws EngineError 'invalid-option'. */
export function parseInteger(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw optionError(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw optionError(`strconv.ParseInt: parsing "${text}": value out of range`);
  }
  return value;
}

/** A whole number that fits 16 bits, without a sign. Throws EngineError 'invalid-option'. */
export function parseUint16(text: string): number {
  if (!/^\d+$/.test(text)) throw optionError(`strconv.ParseUint: parsing "${text}": invalid syntax`);
  const value = Number(text);
  if (value > 0xffff) throw optionError(`strconv.ParseUint: parsing "${text}": value out of range`);
  return value;
}
