// The flag --detach-keys, which every command that attaches has.

import {defaultDetachKeys, parseDetachKeys} from '../../../bundles/options/detach-keys.ts';
import {parsed} from '../flag-kinds.ts';

const keys = parsed('string', parseDetachKeys);

export const detachKeysFlag = keys({
  description: 'Keys that detach from the container (default ctrl-p,ctrl-q)',
});

/** What the flag gives, or Docker's default. */
export function detachKeysOf(flag: Uint8Array | undefined): Uint8Array {
  return flag ?? parseDetachKeys(defaultDetachKeys);
}
