// The one time that every file of a package carries.

import {runProgram} from './run-program.ts';

/** Seconds since 1970: SOURCE_DATE_EPOCH, or the time of the last commit. */
export function sourceDateSeconds(root: string): number {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined) {
    if (!/^\d+$/.test(given)) throw new Error(`SOURCE_DATE_EPOCH is '${given}', not a number of seconds`);
    return Number(given);
  }
  try {
    return Number(runProgram('git', ['-C', root, 'log', '-1', '--format=%ct']));
  } catch (cause) {
    throw new Error('there is no commit to take the date from: set SOURCE_DATE_EPOCH', {cause});
  }
}
