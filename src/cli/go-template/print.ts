// Go's fmt for the values that templates meet: what {{.X}}, print and println write. printf is in printf.ts.
import {isInt, isObject, type MapIndex, sortedEntries} from './go-values.ts';

/** Writes one value within another as a verb of fmt asks for; scalars only. */
export type ScalarFormat = (value: unknown) => string;

/** A value as {{.X}} writes it. */
export function printed(value: unknown, maps: MapIndex): string {
  return value === undefined || value === null ? '<no value>' : composite(value, maps, plain);
}

/** Lists as [a b], maps as map[key:value] with sorted keys, structs as {a b}; `scalar` writes what is in them. */
export function composite(value: unknown, maps: MapIndex, scalar: ScalarFormat): string {
  if (Array.isArray(value)) return `[${value.map((item) => composite(item, maps, scalar)).join(' ')}]`;
  if (!isObject(value)) return scalar(value);
  if (maps.isMap(value)) {
    const entries = sortedEntries(value).map(
      ([key, item]) => `${scalar(key)}:${composite(item, maps, scalar)}`,
    );
    return `map[${entries.join(' ')}]`;
  }
  const fields = Object.values(value).filter((field) => typeof field !== 'function');
  return `{${fields.map((field) => composite(field, maps, scalar)).join(' ')}}`;
}

/** %v of a scalar. */
export function plain(value: unknown): string {
  if (value === undefined || value === null) return '<nil>';
  if (typeof value === 'number') return isInt(value) ? `${BigInt(value)}` : shortestFloat(value);
  return value instanceof Date ? timeText(value) : String(value);
}

/** fmt.Sprint: a space between two operands of which neither is a string. */
export function sprint(values: readonly unknown[], maps: MapIndex): string {
  return values
    .map((value, index) => {
      const spaced = index > 0 && typeof value !== 'string' && typeof values[index - 1] !== 'string';
      return `${spaced ? ' ' : ''}${composite(value, maps, plain)}`;
    })
    .join('');
}

/** fmt.Sprintln: a space between all operands, a line feed at the end. */
export function sprintln(values: readonly unknown[], maps: MapIndex): string {
  return `${values.map((value) => composite(value, maps, plain)).join(' ')}\n`;
}

// strconv's 'g' with the fewest digits, but with the exponent written from 1e21 on only.
function shortestFloat(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : Number.isNaN(value) ? 'NaN' : '-Inf';
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  if (Number(exponent) >= -4 && Number(exponent) < 21) return String(value);
  return `${digits}e${exponent.replace(/^([+-])(\d)$/, '$10$2')}`;
}

// time.Time.String in UTC: '2024-01-27 00:30:48.5 +0000 UTC'.
function timeText(time: Date): string {
  return time
    .toISOString()
    .replace('T', ' ')
    .replace(/\.?0*Z$/, ' +0000 UTC');
}
