// Go's quoted literals, both ways: strconv.Unquote and strconv.Quote.

const escapes: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** The value of a "…" or '…' literal, or undefined when it holds an escape that Go does not have. */
export function unquote(literal: string): string | undefined {
  const quote = literal[0] ?? '';
  let valid = true;
  const value = literal
    .slice(1, -1)
    .replace(
      /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.)|$)/gsu,
      (_, x?: string, u?: string, U?: string, octal?: string, plain?: string) => {
        const code = Number.parseInt(x ?? u ?? U ?? '', 16);
        if (!Number.isNaN(code) && code <= 0x10ffff) return String.fromCodePoint(code);
        if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
        const other = quote === '"' ? "'" : '"';
        const escaped = plain === undefined || plain === other ? undefined : escapes[plain];
        if (escaped === undefined) valid = false;
        return escaped ?? '';
      },
    );
  return valid ? value : undefined;
}

/** A literal that Go would read as `text`; printable characters stay as they are. */
export function quote(text: string, mark: '"' | "'" = '"'): string {
  const body = [...text].map((character) => {
    if (character === mark || character === '\\') return `\\${character}`;
    if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)) return character;
    const short = Object.entries(escapes).find(([, value]) => value === character)?.[0];
    return short !== undefined && /[a-z]/.test(short) ? `\\${short}` : numericEscape(character);
  });
  return `${mark}${body.join('')}${mark}`;
}

function numericEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
