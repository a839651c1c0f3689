// `--hostname`.
import {optionError} from './option-error.ts';

/** The kernel's limit. */
const maxLength = 64;

/** Letters, digits, `-`, `_` and dots, since the name is written into /etc/hosts. Throws EngineError 'invalid-option'. */
export function parseHostname(text: string): string {
  if (!/^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$/.test(text)) {
    throw optionError(`invalid hostname format for --hostname: ${text}`);
  }
  if (text.length > maxLength) {
    throw optionError(`invalid hostname format for --hostname: ${text}: longer than ${maxLength} characters`);
  }
  return text;
}
