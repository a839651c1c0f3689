// `--volumes-from`: the container whose mounts a new one gets too.
import {optionError} from './option-error.ts';

export interface VolumesFrom {
  /** Name or id. */
  container: string;
  /** Mount all read-only; otherwise each is as the other container has it. */
  readOnly: boolean;
}

/** `CONTAINER[:ro|rw]`; the words of SELinux labels mean nothing here. Throws EngineError 'invalid-option' in Docker's words. */
export function parseVolumesFrom(text: string): VolumesFrom {
  if (text === '') throw optionError('volumes-from specification cannot be an empty string');
  const colon = text.indexOf(':');
  if (colon === -1) return {container: text, readOnly: false};
  const mode = text.slice(colon + 1);
  const words = mode.split(',');
  const isKnown = words.every((word) => ['ro', 'rw', 'z', 'Z'].includes(word));
  if (!isKnown || new Set(words).size < words.length || (words.includes('ro') && words.includes('rw'))) {
    throw optionError(`invalid mode: ${mode}`, {hint: "the modes are 'ro' and 'rw'"});
  }
  return {container: text.slice(0, colon), readOnly: words.includes('ro')};
}
