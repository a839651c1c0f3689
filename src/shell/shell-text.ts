// Text that a shell reads back as it was meant. Pure.

/** One word: quoted where a shell would read it as something else. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A command that reads `text`, which ends in a newline, from a here document. */
export function withHereDocument(command: string, text: string): string {
  let end = 'END';
  while (`\n${text}`.includes(`\n${end}\n`)) end += '_';
  return `${command} <<'${end}'\n${text}${end}`;
}

// A terminal that a shell without an editor of its own reads from cuts lines after 4095 bytes.
const lineCharacters = 1000;

/** The same command, broken into lines that a terminal takes. Here documents are no part of it. */
export function inShortLines(command: string): string {
  let [text, length] = ['', 0];
  let quote: "'" | '"' | undefined;
  let isEscaped = false;
  for (const char of command) {
    if (length >= lineCharacters && !isEscaped) {
      text += quote === "'" ? "'\\\n'" : '\\\n';
      length = 0;
    }
    text += char;
    length = char === '\n' ? 0 : length + 1;
    if (isEscaped) isEscaped = false;
    else if (char === '\\' && quote !== "'") isEscaped = true;
    else if (char === quote) quote = undefined;
    else if (quote === undefined && (char === "'" || char === '"')) quote = char;
  }
  return text;
}
