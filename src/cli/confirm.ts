// A yes or no from the person, before something that cannot be undone.
import {readSync} from 'node:fs';
import {errnoOf} from '../errors.ts';
import {writeOut} from './output/standard-streams.ts';

/** Docker's question. True for `y` or `Y`; an end of standard input is a no. */
export function confirm(warning: string): boolean {
  writeOut(`${warning}\nAre you sure you want to continue? [y/N] `);
  return readLine().trim().toLowerCase() === 'y';
}

function readLine(): string {
  const byte = Buffer.alloc(1);
  let line = '';
  while (readByte(byte) && byte[0] !== 0x0a) line += byte.toString('latin1');
  return line;
}

function readByte(byte: Buffer): boolean {
  try {
    return readSync(0, byte) === 1;
  } catch (error) {
    if (errnoOf(error) === 'EOF' || errnoOf(error) === 'EAGAIN') return false;
    throw error;
  }
}
