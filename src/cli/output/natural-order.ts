// The order of names in lists: numbers in them by their value.

/** For sort: `v2` before `v10`, and otherwise by character. */
export function naturalOrder(a: string, b: string): number {
  const left = partsOf(a);
  const right = partsOf(b);
  for (const [index, part] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = isNumber(part) && isNumber(other) ? Number(part) - Number(other) : compare(part, other);
    if (order !== 0) return order;
  }
  return left.length - right.length || compare(a, b);
}

function partsOf(text: string): string[] {
  return text.match(/\d+|\D/g) ?? [];
}

function isNumber(part: string): boolean {
  return /^\d/.test(part);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
