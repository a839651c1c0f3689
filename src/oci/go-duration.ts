// Durations as Go writes them, `1h15m30.5s`, which Docker has in flags, filters and image configurations. Pure.

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const longest = 2n ** 63n - 1n;

/** Nanoseconds, or what is wrong, as Go's time.ParseDuration tells it apart. */
export type GoDuration =
  | {nanoseconds: bigint}
  | {problem: 'invalid' | 'missing-unit'}
  | {problem: 'unknown-unit'; unit: string};

/** Reads `300ms`, `-1.5h`, `1h15m`, `0`. */
export function readGoDuration(text: string): GoDuration {
  const rest = text.replace(/^[+-]/, '');
  if (rest === '0') return {nanoseconds: 0n};
  if (rest === '') return {problem: 'invalid'};
  let sum = 0n;
  for (const [part, integer = '', fraction = '', unit = ''] of rest.matchAll(/(\d*)(?:\.(\d*))?([^.\d]*)/g)) {
    // The match of nothing at the end.
    if (part === '') break;
    if (integer === '' && fraction === '') return {problem: 'invalid'};
    if (unit === '') return {problem: 'missing-unit'};
    const scale = Object.hasOwn(units, unit) ? units[unit] : undefined;
    if (scale === undefined) return {problem: 'unknown-unit', unit};
    sum +=
      BigInt(integer || '0') * scale + (BigInt(fraction || '0') * scale) / 10n ** BigInt(fraction.length);
    if (sum > longest) return {problem: 'invalid'};
  }
  return {nanoseconds: text.startsWith('-') ? -sum : sum};
}
