// Readers from a JSON value to the value of one configuration key: each checks kind and range, and says on failure
// what was expected. They know nothing of single keys; the table in keys.ts puts them to use.
import {isAbsolute, normalize} from 'node:path';
import {parseByteSize, type SizeUnits} from './byte-size.ts';
import {closestName} from './closest-name.ts';
import type {JsonNode, JsonObject} from './json-document.ts';

/** A value that cannot be accepted. `path` is the key's, such as `log-opts.max-size` or `dns[1]`. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
  readonly offset: number;

  constructor(path: string, complaint: string, offset: number) {
    super(`"${path}" ${complaint}`);
    this.offset = offset;
  }
}

/** Checks and converts the value found at `path`. Throws ValueError. */
export type ValueReader<T> = (node: JsonNode, path: string) => T;

export const boolean: ValueReader<boolean> = (node, path) =>
  node.kind === 'boolean' ? node.value : fail(node, path, 'true or false');

/** A whole number from `least` up to what setrlimit and timers take. */
export function wholeNumber(least: number): ValueReader<number> {
  return (node, path) =>
    node.kind === 'number' && Number.isSafeInteger(node.value) && node.value >= least
      ? node.value
      : fail(node, path, `a whole number of ${least} or more`);
}

/** A string that passes `accepts` (after `convert`); `expected` completes the sentence "must be …". */
export function text<T extends string>(
  expected: string,
  convert: (value: string) => T | undefined,
): ValueReader<T> {
  return (node, path) =>
    (node.kind === 'string' ? convert(node.value) : undefined) ?? fail(node, path, expected);
}

export const absolutePath = text('an absolute path', (value) =>
  isAbsolute(value) && !value.includes('\0') ? trimSlash(normalize(value)) : undefined,
);

/** Bytes of '64m', '1.5g' or a plain number. */
export function byteSize(units: SizeUnits): ValueReader<number> {
  return (node, path) => {
    const written = node.kind === 'number' || node.kind === 'string' ? String(node.value) : '';
    const bytes = parseByteSize(written, units);
    return bytes !== undefined && bytes > 0 ? bytes : fail(node, path, 'a size such as "64m" or "1g"');
  };
}

/** A whole number that Docker writes as a string: `log-opts` holds strings only there. Both are taken. */
export function numberOrDigits(least: number): ValueReader<number> {
  return (node, path) => {
    const value = node.kind === 'string' && /^\d{1,15}$/.test(node.value) ? Number(node.value) : undefined;
    return value !== undefined && value >= least ? value : wholeNumber(least)(node, path);
  };
}

/** A list whose items one reader checks; an item's path is `key[index]`. */
export function listOf<T>(item: ValueReader<T>): ValueReader<T[]> {
  return (node, path) =>
    node.kind === 'array'
      ? node.items.map((one, index) => item(one, `${path}[${index}]`))
      : fail(node, path, 'a list');
}

export function object(node: JsonNode, path: string): JsonObject {
  return node.kind === 'object' ? node : fail(node, path, 'an object');
}

/** An object whose members are all known: each goes to its reader, and an absent one keeps its fallback. */
export function record<T extends object>(
  fallback: T,
  readers: {[K in keyof T]: {name: string; read: ValueReader<T[K]>}},
): ValueReader<T> {
  const fields = Object.keys(readers) as (keyof T & string)[];
  return (node, path) => {
    const result = {...fallback};
    for (const member of object(node, path).members) {
      const field = fields.find((one) => readers[one].name === member.name);
      if (field === undefined)
        throw unknownName(
          member,
          path,
          fields.map((one) => readers[one].name),
        );
      result[field] = readers[field].read(member.value, `${path}.${member.name}`);
    }
    return result;
  };
}

/** The complaint about a name that an object cannot have, with the one that was probably meant. */
export function unknownName(
  member: {name: string; offset: number},
  path: string,
  known: readonly string[],
): ValueError {
  const meant = closestName(member.name, known);
  const advice =
    meant === undefined ? `: the keys here are ${known.join(', ')}` : `: did you mean "${meant}"?`;
  return new ValueError(
    path === '' ? member.name : `${path}.${member.name}`,
    `is not a key${advice}`,
    member.offset,
  );
}

/** Refuses a value: 'must be EXPECTED, not FOUND'. */
export function fail(node: JsonNode, path: string, expected: string): never {
  throw new ValueError(path, `must be ${expected}, not ${shown(node)}`, node.offset);
}

function shown(node: JsonNode): string {
  if (node.kind === 'object') return 'an object';
  if (node.kind === 'array') return 'a list';
  return node.kind === 'null' ? 'null' : JSON.stringify(node.value);
}

function trimSlash(path: string): string {
  return path === '/' ? path : path.replace(/\/+$/, '');
}
