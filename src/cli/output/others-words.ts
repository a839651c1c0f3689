// Words that came from an image or a container (names of files, labels, command lines): they forge no line, and drive no terminal.

/** On one line; for a terminal without any control character. */
export function oneLine(text: string, isTerminal: boolean): string {
  return text.replace(isTerminal ? /\p{Cc}/gu : /\n/g, escaped);
}

function escaped(control: string): string {
  return control === '\n' ? '\\n' : `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
