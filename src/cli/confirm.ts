// A yes or no from the person, before something that cannot be undone.
import {writeOut} from './output/standard-streams.ts';
import {readLine} from './terminal/typed-line.ts';

/** Docker's question. True for `y` or `Y`; an end of standard input is a no. */
export function confirm(warning: string): boolean {
  writeOut(`${warning}\nAre you sure you want to continue? [y/N] `);
  return readLine().trim().toLowerCase() === 'y';
}
