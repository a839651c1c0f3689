// A command that could not even begin: crun has created and started the container, and then its process cannot become the
// command. crun lets it say so on the container's own output and end with 1; Docker has 126 and 127 for it.

import {Buffer} from 'node:buffer';
import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import {type EngineError, errnoOf} from '../errors.ts';
import {execFailure} from './crun-error.ts';
import {parseRecord} from './log-record.ts';

const tailBytes = 4096;

/**
 * Why the command never ran: 'command-not-found' (exit 127) or 'command-not-executable' (126), from the last record of
 * the log. Undefined when it ran, which all but those that exit with 1 have done, and without a log.
 */
export function readStartFailure(exitCode: number, logPath: string): EngineError | undefined {
  if (exitCode !== 1) return undefined;
  const tail = readTail(logPath);
  const last = tail.subarray(0, -1).lastIndexOf('\n') + 1;
  const record = parseRecord(tail.subarray(last, -1));
  return record && execFailure(record.line.toString());
}

function readTail(path: string): Buffer {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    const tail = Buffer.alloc(tailBytes);
    return tail.subarray(0, readSync(fd, tail, 0, tailBytes, Math.max(fstatSync(fd).size - tailBytes, 0)));
  } finally {
    closeSync(fd);
  }
}
