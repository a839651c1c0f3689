// Splitting an instruction into words, as BuildKit's parser does. Quotes stay in the words, and go when variables are
// replaced. Pure.
import {dockerfileError} from './dockerfile-error.ts';

/** Words between spaces that are neither quoted nor behind a backslash, with their quotes and backslashes. */
export function splitWords(text: string): string[] {
  // In single quotes a backslash is only itself; a quote that is never closed reaches to the end.
  const word = /(?:\\.|'[^']*(?:'|$)|"(?:\\.|[^"\\])*(?:"|\\?$)|[^\s\\'"])+/gs;
  return text.match(word) ?? [];
}

/** At spaces alone, whatever is quoted. */
export function splitAtSpaces(text: string): string[] {
  return text === '' ? [] : text.split(/[\t\v\f\r ]+/);
}

/** The words at the start that begin with '--', without quotes; '--' alone ends them and is dropped. */
export function takeFlags(text: string): {flags: string[]; rest: string} {
  const flags: string[] = [];
  let rest = text.trimStart();
  while (rest.startsWith('--')) {
    const [word = ''] = splitWords(rest);
    rest = rest.slice(word.length).trimStart();
    if (word === '--') break;
    flags.push(word.replace(/\\(.)|['"]/gs, '$1'));
  }
  return {flags, rest};
}

/**
 * The strings of a JSON list; undefined for what is none, and is taken as it stands. Throws EngineError 'invalid-option' for
 * a list of other things.
 */
export function stringList(text: string): string[] | undefined {
  return readJsonList(text)?.map((item) => {
    if (typeof item === 'string') return item;
    throw dockerfileError('when using JSON array syntax, arrays must be comprised of strings only');
  });
}

function readJsonList(text: string): unknown[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
