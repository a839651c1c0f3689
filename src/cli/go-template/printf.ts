// fmt.Sprintf for the values that templates meet, with Go's notes about what does not fit (`%!d(string=x)`).

import {isInt, type MapIndex, typeName} from './go-values.ts';
import {composite, plain} from './print.ts';
import {quote} from './quoted.ts';

interface Directive {
  flags: string;
  width: number | undefined;
  precision: number | undefined;
  verb: string;
}

const directivePattern = /%([+\-# 0]*)(\*|\d+)?(?:\.(\*|\d*))?(.|$)/gsu;

export function sprintf(format: string, values: readonly unknown[], maps: MapIndex): string {
  let used = 0;
  const star = (text: string | undefined): number | undefined => {
    if (text !== '*') return text === undefined ? undefined : Number(text);
    const value = values[used++];
    return typeof value === 'number' ? value : undefined;
  };
  const text = format.replace(
    directivePattern,
    (_, flags: string, widthText: string | undefined, precisionText: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      if (verb === '') return '%!(NOVERB)';
      const width = star(widthText);
      const precision = star(precisionText);
      if (used >= values.length) return `%!${verb}(MISSING)`;
      const left = width !== undefined && width < 0 ? '-' : '';
      return one(
        values[used++],
        {flags: flags + left, width: width && Math.abs(width), precision, verb},
        maps,
      );
    },
  );
  const extra = values.slice(used).map((value) => `${typeName(value)}=${composite(value, maps, plain)}`);
  return used === 0 && values.length === 0
    ? text
    : `${text}${extra.length > 0 ? `%!(EXTRA ${extra.join(', ')})` : ''}`;
}

function one(value: unknown, directive: Directive, maps: MapIndex): string {
  if (directive.verb === 'T') return padded(typeName(value), directive);
  return composite(value, maps, (scalar) => padded(scalarText(scalar, directive), directive));
}

function scalarText(value: unknown, directive: Directive): string {
  const {verb, flags} = directive;
  if (verb === 'v' && !(flags.includes('#') && typeof value === 'string'))
    return signed(plain(value), value, flags);
  if (typeof value === 'string') return stringText(value, directive) ?? mismatch(value, verb);
  if (typeof value === 'boolean') return verb === 't' ? String(value) : mismatch(value, verb);
  if (typeof value === 'number' || typeof value === 'bigint') {
    return numberText(Number(value), directive) ?? mismatch(value, verb);
  }
  if (value instanceof Date && (verb === 's' || verb === 'q'))
    return stringText(plain(value), directive) ?? '';
  return mismatch(value, verb);
}

function mismatch(value: unknown, verb: string): string {
  const nil = value === null || value === undefined;
  return nil ? `%!${verb}(<nil>)` : `%!${verb}(${typeName(value)}=${plain(value)})`;
}

function stringText(value: string, {verb, flags, precision}: Directive): string | undefined {
  const cut = precision === undefined ? value : [...value].slice(0, precision).join('');
  if (verb === 's') return cut;
  if (verb === 'q' && flags.includes('#') && /^[^`\p{Cc}]*$/u.test(cut)) return `\`${cut}\``;
  if (verb === 'q' || verb === 'v') return quote(cut);
  if (verb !== 'x' && verb !== 'X') return undefined;
  const bytes = Buffer.from(value).subarray(0, precision);
  const hex = [...bytes]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join(flags.includes(' ') ? ' ' : '');
  const prefixed = flags.includes('#') && hex !== '' ? `0x${hex}` : hex;
  return verb === 'X' ? prefixed.toUpperCase() : prefixed;
}

const bases: Record<string, {radix: number; prefix: string}> = {
  d: {radix: 10, prefix: ''},
  b: {radix: 2, prefix: '0b'},
  o: {radix: 8, prefix: '0'},
  x: {radix: 16, prefix: '0x'},
  X: {radix: 16, prefix: '0X'},
};

function numberText(value: number, directive: Directive): string | undefined {
  const {verb, flags, precision} = directive;
  if ('eEfFgG'.includes(verb)) return signed(floatText(value, verb, precision), value, flags);
  if (!isInt(value)) return undefined;
  if (verb === 'c') return String.fromCodePoint(value);
  if (verb === 'q') return quote(String.fromCodePoint(value), "'");
  if (verb === 'U') return `U+${value.toString(16).toUpperCase().padStart(4, '0')}`;
  const base = bases[verb];
  if (base === undefined) return undefined;
  const digits = Math.abs(value)
    .toString(base.radix)
    .padStart(precision ?? 0, '0');
  const prefix = flags.includes('#') ? base.prefix : '';
  return signed(
    `${value < 0 ? '-' : ''}${prefix}${verb === 'X' ? digits.toUpperCase() : digits}`,
    value,
    flags,
  );
}

function floatText(value: number, verb: string, precision: number | undefined): string {
  const lower = verb.toLowerCase();
  let text: string;
  if (lower === 'f') text = value.toFixed(Math.min(precision ?? 6, 100));
  else if (lower === 'e') text = twoDigitExponent(value.toExponential(precision ?? 6));
  else if (precision === undefined) text = plain(value);
  else text = twoDigitExponent(Number(value.toPrecision(Math.max(1, precision))).toString());
  return verb === 'E' || verb === 'G' ? text.toUpperCase() : text;
}

function twoDigitExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

function signed(text: string, value: unknown, flags: string): string {
  if (typeof value !== 'number' || text.startsWith('-')) return text;
  if (flags.includes('+')) return `+${text}`;
  return flags.includes(' ') ? ` ${text}` : text;
}

function padded(text: string, {flags, width, verb, precision}: Directive): string {
  const missing = (width ?? 0) - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(missing);
  const zeros = flags.includes('0') && !(precision !== undefined && 'dboxX'.includes(verb));
  if (!zeros) return ' '.repeat(missing) + text;
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}
