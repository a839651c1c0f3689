// The mdoc language of man pages (mdoc(7)), as far as these pages use it. Pure.

import {wrap} from '../../src/cli/help/two-columns.ts';

/** Lines of running text: each sentence begins a line, and nothing in it is taken for a macro. */
export function textLines(text: string): string {
  return text
    .split(/(?<=[.!?:;]) (?=[A-Z'"(-])/)
    .flatMap((sentence) => wrap(escaped(sentence), 78))
    .map(withoutMacro)
    .join('\n');
}

/** A line as it is, in a display. */
export function literalLine(text: string): string {
  return withoutMacro(escaped(text));
}

/** Words as arguments of a macro, where one that is called like a macro, or a lone sign, would mean something else. */
export function words(text: string): string {
  return text
    .split(' ')
    .map((word) =>
      /^([A-Z%][A-Za-z0-9]{1,2}|[^A-Za-z0-9])$/.test(word) ? `\\&${escaped(word)}` : escaped(word),
    )
    .join(' ');
}

/** A page's beginning. `name` as in `crundle-run`; `seconds` since 1970 is its date. */
export function pageHead(name: string, section: number, summary: string, seconds: number): string {
  const date = new Date(seconds * 1000);
  const month = date.toLocaleString('en', {month: 'long', timeZone: 'UTC'});
  return `.Dd ${month} ${date.getUTCDate()}, ${date.getUTCFullYear()}
.Dt ${name.toUpperCase()} ${section}
.Os
.Sh NAME
.Nm ${name}
.Nd ${words(lowered(summary))}`;
}

/** A tagged list; each item is the tag's macros and the text below it. */
export function taggedList(items: readonly (readonly [tag: string, text: string])[]): string {
  return ['.Bl -tag -width Ds', ...items.map(([tag, text]) => `.It ${tag}\n${text}`), '.El'].join('\n');
}

function withoutMacro(line: string): string {
  return line.replace(/^[.']/, '\\&$&');
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll('`', '\\(ga')
    .replaceAll('…', '...')
    .replaceAll("'", '\\(aq')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha');
}

// `Create a network`, but not `JSON`.
function lowered(summary: string): string {
  return summary.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}
