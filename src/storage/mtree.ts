// Lines of a BSD mtree(5) manifest: what a layer's manifest is written in, so that mtree, go-mtree and bsdtar read it too.
// Names are relative: those after a folder are in it, until '..'. Touches no file.
import type {ByteString} from './byte-string.ts';

export const mtreeHeader = '#mtree';
/** Ends a folder. */
export const mtreeUp = '..';

/** One line of an entry: its name, and its keywords in the order in which they stand. */
export interface MtreeLine {
  name: ByteString;
  keywords: Map<string, string>;
}

/** A name or the target of a link as mtree writes it: what is not a plain character, in octal. */
export function escapeName(name: ByteString): string {
  return /^[\w./+,:@%~^-]+$/.test(name)
    ? name
    : name.replace(/[^\w./+,:@%~^-]/g, (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** The reverse. A backslash that no octal number follows stays. */
export function unescapeName(text: string): ByteString {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** Reads a line that is neither empty nor a comment nor '..'. A keyword without '=' has the value ''. */
export function parseMtreeLine(line: string): MtreeLine {
  const [name = '', ...words] = line.split(' ');
  const keywords = new Map<string, string>();
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals < 0) keywords.set(word, '');
    else keywords.set(word.slice(0, equals), word.slice(equals + 1));
  }
  return {name: unescapeName(name), keywords};
}
