// HEALTHCHECK: its flags and its test. Pure.
import {parseDuration} from '../../../bundles/options/duration.ts';
import type {ImageHealthcheck} from '../../oci/image-spec.ts';
import {dockerfileError} from './dockerfile-error.ts';
import type {Instruction} from './instruction-lines.ts';
import {stringList} from './words.ts';

const durations = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
} as const;

/** Throws EngineError 'invalid-option' in Docker's words. */
export function readHealthcheck({flags, args}: Instruction): ImageHealthcheck {
  const [, type = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(args) ?? [];
  if (type === '') throw dockerfileError('HEALTHCHECK requires at least one argument');
  if (type.toUpperCase() === 'NONE') {
    if (rest !== '') throw dockerfileError('HEALTHCHECK NONE takes no arguments');
    return {Test: ['NONE']};
  }
  const values = readFlags(flags);
  if (type.toUpperCase() !== 'CMD')
    throw dockerfileError(`Unknown type ${JSON.stringify(type.toUpperCase())} in HEALTHCHECK (try CMD)`);
  return {Test: readTest(rest), ...values};
}

/** What the instruction leaves out stays what it was. */
export function mergeHealthcheck(
  added: ImageHealthcheck,
  before: ImageHealthcheck | undefined,
): ImageHealthcheck {
  return {...before, ...added};
}

function readTest(text: string): string[] {
  const list = stringList(text);
  if (list?.length === 0 || text === '') throw dockerfileError('Missing command after HEALTHCHECK CMD');
  return list ? ['CMD', ...list] : ['CMD-SHELL', text];
}

function readFlags(flags: readonly string[]): Omit<ImageHealthcheck, 'Test'> {
  const values: Omit<ImageHealthcheck, 'Test'> = {};
  const seen = new Set<string>();
  for (const flag of flags) {
    const [, name = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(flag) ?? [];
    const field = Object.hasOwn(durations, name) ? durations[name as keyof typeof durations] : undefined;
    if (!field && name !== 'retries') throw dockerfileError(`Unknown flag: ${name}`);
    if (seen.has(name)) throw dockerfileError(`Duplicate flag specified: ${name}`);
    if (value === undefined) throw dockerfileError(`Missing a value on flag: ${name}`);
    seen.add(name);
    if (value === '') continue;
    if (field) values[field] = readDuration(name, value);
    else values.Retries = readRetries(value);
  }
  return values;
}

function readDuration(name: string, text: string): number {
  const nanoseconds = parseDuration(text);
  if (nanoseconds !== 0 && nanoseconds < 1e6)
    throw dockerfileError(`Interval ${JSON.stringify(name)} cannot be less than 1ms`);
  return nanoseconds;
}

function readRetries(text: string): number {
  if (!/^[+-]?\d{1,9}$/.test(text))
    throw dockerfileError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (Number(text) < 0) throw dockerfileError(`--retries cannot be negative (${Number(text)})`);
  return Number(text);
}
