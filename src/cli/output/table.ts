// Aligned columns as Docker prints them: Go's tabwriter with a least width of 10 and three spaces between.

const padding = 3;

/** Lines of cells as text, the last column not padded. Each line ends in a line feed. */
export function alignColumns(lines: readonly (readonly string[])[], {leastWidth = 10} = {}): string {
  const widths: number[] = [];
  for (const cells of lines) {
    cells.slice(0, -1).forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? leastWidth, [...cell].length + padding);
    });
  }
  return lines
    .map((cells) => `${cells.map((cell, column) => pad(cell, cells, column, widths)).join('')}\n`)
    .join('');
}

function pad(cell: string, cells: readonly string[], column: number, widths: number[]): string {
  if (column === cells.length - 1) return cell;
  return cell + ' '.repeat((widths[column] ?? 0) - [...cell].length);
}
