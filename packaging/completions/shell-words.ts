// Words as the three shells read them, which agree on single quotes, nearly.

import type {Source} from './command-line.ts';

/** For bash and zsh. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9_./=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** fish reads backslashes in single quotes. */
export function quotedForFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** Sources as the scripts' own function takes them: names of lists, and words behind `+`. */
export function sourceWords(sources: readonly Source[]): string {
  return sources
    .flatMap((source) => (typeof source === 'string' ? source : source.words.map((word) => `+${word}`)))
    .join(' ');
}

/** The words that begin commands, and for each the words that may follow as part of the name. */
export function commandTree(names: readonly string[]): Map<string, string[]> {
  const tree = new Map<string, string[]>();
  for (const name of [...names].sort()) {
    const [first = '', second] = name.split(' ');
    const below = tree.get(first) ?? [];
    tree.set(first, second === undefined ? below : [...below, second]);
  }
  return tree;
}
