// `--detach-keys`: the keys that leave a container's terminal without ending it.
import {optionError} from './option-error.ts';

/** Docker's default: ctrl-p, ctrl-q. */
export const defaultDetachKeys = 'ctrl-p,ctrl-q';

/** In the order of their codes, from 0 on. */
const controlKeys = '@abcdefghijklmnopqrstuvwxyz[\\]^_';

/** The bytes that a terminal sends for `ctrl-p,ctrl-q`, `DEL` or `a,b`. Throws EngineError 'invalid-option'. */
export function parseDetachKeys(text: string): Uint8Array {
  return Uint8Array.from(text.split(','), (key) => codeOf(key, text));
}

function codeOf(key: string, text: string): number {
  if (key === 'DEL') return 127;
  const code = key.length === 1 ? key.charCodeAt(0) : controlCode(key);
  if (code >= 0 && code < 128) return code;
  throw optionError(`invalid detach keys (${text}) provided: unknown character: '${key}'`);
}

function controlCode(key: string): number {
  return key.length === 6 && key.startsWith('ctrl-') ? controlKeys.indexOf(key.slice(5)) : -1;
}
