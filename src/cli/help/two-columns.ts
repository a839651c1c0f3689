// Two columns of help text, the second wrapped to the terminal's width.

/** Lines of `left   right`, 80 columns wide unless told; the right ones begin at `left`, or behind the longest left one. */
export function twoColumns(
  rows: [left: string, right: string][],
  {width = 78, left = Math.max(0, ...rows.map(([one]) => one.length)) + 3} = {},
): string[] {
  return rows.flatMap(([first, second]) => {
    const [head = '', ...tail] = wrap(second, Math.max(24, width - left));
    return [`${first.padEnd(left)}${head}`.trimEnd(), ...tail.map((line) => `${' '.repeat(left)}${line}`)];
  });
}

/** Lines of at most `width` characters, broken at spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else {
        line = line === '' ? word : `${line} ${word}`;
      }
    }
    lines.push(line);
  }
  return lines;
}
