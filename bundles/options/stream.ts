// `--attach`: one of the standard streams.
import {optionError} from './option-error.ts';

export type StandardStream = 'stdin' | 'stdout' | 'stderr';

/** In either case. Throws EngineError 'invalid-option' in Docker's words. */
export function parseStream(text: string): StandardStream {
  const name = text.toLowerCase();
  if (name === 'stdin' || name === 'stdout' || name === 'stderr') return name;
  throw optionError('valid streams are STDIN, STDOUT and STDERR');
}
