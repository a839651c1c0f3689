// Durations as Go writes and reads them: `1m30s`. Nanoseconds, as the API and images have them.
import {optionError} from './option-error.ts';

const units: Record<string, bigint> = {
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

/** `300ms`, `1h15m30.5s`, `0`; maybe negative. Throws EngineError 'invalid-option' in the words of Go's time.ParseDuration. */
export function parseDuration(text: string): number {
  const invalid = () =>
    optionError(`time: invalid duration ${JSON.stringify(text)}`, {hint: 'such as 30s, 500ms or 1m30s'});
  const rest = text.replace(/^[+-]/, '');
  if (rest === '0') return 0;
  if (rest === '') throw invalid();
  let sum = 0n;
  for (let at = 0; at < rest.length; ) {
    const [whole, integer = '', , fraction = ''] = /^(\d*)(\.(\d*))?/.exec(rest.slice(at)) ?? [''];
    if (integer === '' && fraction === '') throw invalid();
    at += whole.length;
    const unit = /^[^.\d]*/.exec(rest.slice(at))?.[0] ?? '';
    if (unit === '')
      throw optionError(`time: missing unit in duration ${JSON.stringify(text)}`, {hint: `such as ${rest}s`});
    const scale = Object.hasOwn(units, unit) ? units[unit] : undefined;
    if (scale === undefined) {
      throw optionError(`time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`, {
        hint: 'units are ns, us, ms, s, m and h',
      });
    }
    at += unit.length;
    sum +=
      BigInt(integer || '0') * scale + (BigInt(fraction || '0') * scale) / 10n ** BigInt(fraction.length);
    if (sum > longest) throw invalid();
  }
  return Number(text.startsWith('-') ? -sum : sum);
}

/** As Go prints it: `1m0s`, `1.5s`, `20ms`. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  const sign = nanoseconds < 0 ? '-' : '';
  const size = Math.abs(nanoseconds);
  if (size < 1e9) {
    const [unit, scale] = size < 1e3 ? ['ns', 1] : size < 1e6 ? ['µs', 1e3] : ['ms', 1e6];
    return `${sign}${decimal(size / Number(scale))}${unit}`;
  }
  const hours = Math.floor(size / 3600e9);
  const minutes = Math.floor(size / 60e9) % 60;
  const seconds = decimal((size % 60e9) / 1e9);
  const parts = [...(hours > 0 ? [`${hours}h`] : []), ...(hours > 0 || minutes > 0 ? [`${minutes}m`] : [])];
  return `${sign}${parts.join('')}${seconds}s`;
}

function decimal(value: number): string {
  return String(Number(value.toFixed(9)));
}
