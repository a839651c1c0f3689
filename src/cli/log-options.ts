// The values of `logs`: how many lines.

/** 'all', or a number of lines. A negative number means all, as in Docker. */
export function parseTail(text: string): number | 'all' {
  if (text === 'all') return 'all';
  if (!/^[+-]?\d+$/.test(text)) throw new Error("must be a number of lines or 'all'");
  return Number(text) < 0 ? 'all' : Number(text);
}
