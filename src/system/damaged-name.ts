// Under which name a damaged file is kept when a mended one takes its place.
import {existsSync} from 'node:fs';

/** The first free one of PATH.damaged-1, PATH.damaged-2 and so on. */
export function nameForDamaged(path: string): string {
  for (let number = 1; ; number++) {
    const name = `${path}.damaged-${number}`;
    if (!existsSync(name)) return name;
  }
}
