// Durations as Go writes and reads them: `1m30s`. Nanoseconds, as the API and images have them.
import {readGoDuration} from '../../src/oci/go-duration.ts';
import {optionError} from './option-error.ts';

/** `300ms`, `1h15m30.5s`, `0`; maybe negative. Throws EngineError 'invalid-option' in the words of Go's time.ParseDuration. */
export function parseDuration(text: string): number {
  const duration = readGoDuration(text);
  if ('nanoseconds' in duration) return Number(duration.nanoseconds);
  const quoted = JSON.stringify(text);
  switch (duration.problem) {
    case 'invalid':
      throw optionError(`time: invalid duration ${quoted}`, {hint: 'such as 30s, 500ms or 1m30s'});
    case 'missing-unit':
      throw optionError(`time: missing unit in duration ${quoted}`, {hint: `such as ${text}s`});
    case 'unknown-unit':
      throw optionError(`time: unknown unit ${JSON.stringify(duration.unit)} in duration ${quoted}`, {
        hint: 'units are ns, us, ms, s, m and h',
      });
  }
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
