// The functions that a template can call: text/template's own and the docker client's. A function throws a plain
// Error with Go's words; the evaluator adds where.
import {equalsAny, isLess} from './compare.ts';
import {isObject, isTrue, type MapIndex, sortedEntries, typeName} from './go-values.ts';
import {composite, plain, sprint, sprintln} from './print.ts';
import {sprintf} from './printf.ts';

declare global {
  // ECMAScript's since 2025; TypeScript's library has it not yet.
  interface JSON {
    rawJSON(text: string): object;
  }
}

interface TemplateFunction {
  least: number;
  /** Absent: any number. */
  most?: number;
  run(args: readonly unknown[], maps: MapIndex): unknown;
}

/** `and` and `or` are not here: they stop early, so the evaluator has them. */
const builtins: Record<string, TemplateFunction> = {
  not: {least: 1, most: 1, run: ([value]) => !isTrue(value)},
  len: {least: 1, most: 1, run: ([value]) => lengthOf(value)},
  index: {least: 1, run: ([value, ...keys], maps) => keys.reduce((item, key) => at(item, key, maps), value)},
  slice: {least: 1, most: 4, run: ([value, ...bounds]) => sliceOf(value, bounds)},
  print: {least: 0, run: (args, maps) => sprint(args, maps)},
  println: {least: 0, run: (args, maps) => sprintln(args, maps)},
  printf: {least: 1, run: ([format, ...args], maps) => sprintf(string(format, 0), args, maps)},
  eq: {least: 1, run: ([value, ...others]) => equalsAny(value, others)},
  ne: {least: 2, most: 2, run: ([a, b]) => !equalsAny(a, [b])},
  lt: {least: 2, most: 2, run: ([a, b]) => isLess(a, b)},
  le: {least: 2, most: 2, run: ([a, b]) => isLess(a, b) || equalsAny(a, [b])},
  gt: {least: 2, most: 2, run: ([a, b]) => !isLess(a, b) && !equalsAny(a, [b])},
  ge: {least: 2, most: 2, run: ([a, b]) => !isLess(a, b)},
};

const dockerFunctions: Record<string, TemplateFunction> = {
  json: {least: 1, most: 1, run: ([value], maps) => goJson(value, maps)},
  split: {least: 2, most: 2, run: ([text, separator]) => split(string(text, 0), string(separator, 1))},
  join: {least: 2, most: 2, run: ([list, separator], maps) => join(list, string(separator, 1), maps)},
  title: {least: 1, most: 1, run: ([text]) => title(string(text, 0))},
  lower: {least: 1, most: 1, run: ([text]) => string(text, 0).toLowerCase()},
  upper: {least: 1, most: 1, run: ([text]) => string(text, 0).toUpperCase()},
  pad: {
    least: 3,
    most: 3,
    run: ([text, before, after]) => pad(string(text, 0), int(before, 1), int(after, 2)),
  },
  truncate: {least: 2, most: 2, run: ([text, length]) => truncate(string(text, 0), int(length, 1))},
};

const identity: TemplateFunction = {least: 1, run: ([value]) => value};

export type FunctionTable = ReadonlyMap<string, TemplateFunction>;

export const functions: FunctionTable = new Map(Object.entries({...builtins, ...dockerFunctions}));

/** For the header of a table: Docker's functions leave their first argument as it is, so that headers stay whole. */
export const headerFunctions: FunctionTable = new Map([
  ...functions,
  ...Object.keys(dockerFunctions).map((name): [string, TemplateFunction] => [name, identity]),
]);

/** Calls by name with the number of arguments checked. Throws Error with Go's words. */
export function callFunction(
  table: FunctionTable,
  name: string,
  args: readonly unknown[],
  maps: MapIndex,
): unknown {
  const called = table.get(name);
  if (called === undefined) throw new Error(`function "${name}" not defined`);
  const {least, most, run} = called;
  if (args.length < least || args.length > (most ?? Infinity)) {
    const wanted =
      most === undefined ? `at least ${least}` : least === most ? `${least}` : `${least} to ${most}`;
    throw new Error(`wrong number of args for ${name}: want ${wanted} got ${args.length}`);
  }
  return run(args, maps);
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (isObject(value)) return Object.keys(value).length;
  // A nil here was an empty list or map in Docker, whose length is 0.
  if (value === null) return 0;
  throw new Error(value === undefined ? 'len of nil pointer' : `len of type ${typeName(value)}`);
}

function at(value: unknown, key: unknown, maps: MapIndex): unknown {
  if (isObject(value)) {
    const name = string(key, 1);
    if (Object.hasOwn(value, name)) return value[name];
    // The zero value of a map of texts, such as the labels, is the empty text.
    const ofTexts = maps.isMap(value) && Object.values(value).every((item) => typeof item === 'string');
    return ofTexts ? '' : undefined;
  }
  if (value === null && typeof key === 'string') return undefined;
  if (value === null || value === undefined) throw new Error('index of untyped nil');
  const items: ArrayLike<unknown> | undefined =
    typeof value === 'string' ? Buffer.from(value) : Array.isArray(value) ? value : undefined;
  if (items === undefined) throw new Error(`can't index item of type ${typeName(value)}`);
  if (typeof key !== 'number') throw new Error(`cannot index slice/array with type ${typeName(key)}`);
  if (!Number.isInteger(key) || key < 0 || key >= items.length) throw new Error(`index out of range: ${key}`);
  return items[key];
}

function sliceOf(value: unknown, bounds: readonly unknown[]): unknown {
  if (typeof value === 'string' && bounds.length === 3) throw new Error('cannot 3-index slice a string');
  const bytes = typeof value === 'string' ? Buffer.from(value) : undefined;
  const items = bytes ?? (Array.isArray(value) ? value : undefined);
  if (items === undefined) throw new Error(`can't slice item of type ${typeName(value)}`);
  const [from = 0, to = items.length] = bounds.map((bound, index) => int(bound, index + 1));
  for (const bound of [from, to]) {
    if (bound < 0 || bound > items.length) throw new Error(`index out of range: ${bound}`);
  }
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  return bytes === undefined ? items.slice(from, to) : bytes.toString('utf8', from, to);
}

/** JSON as the docker client's `json` writes it: maps in the order of their keys, nothing escaped for HTML. */
function goJson(value: unknown, maps: MapIndex): string {
  const text = JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'bigint') return JSON.rawJSON(String(item));
    return isObject(item) && maps.isMap(item) ? Object.fromEntries(sortedEntries(item)) : item;
  });
  return (text ?? 'null').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

function split(text: string, separator: string): string[] {
  return separator === '' ? [...text] : text.split(separator);
}

function join(list: unknown, separator: string, maps: MapIndex): string {
  if (list === null) return '';
  if (!Array.isArray(list)) throw new Error(`wrong type for value; expected []string; got ${typeName(list)}`);
  return list.map((item) => composite(item, maps, plain)).join(separator);
}

// strings.Title: the first letter of each word, where a word ends at anything but a letter, a digit and _.
function title(text: string): string {
  return text.replace(/(?<![\p{L}\p{Nd}_])\p{L}/gu, (letter) => letter.toUpperCase());
}

function pad(text: string, before: number, after: number): string {
  return text === '' ? text : ' '.repeat(Math.max(0, before)) + text + ' '.repeat(Math.max(0, after));
}

// By characters; Docker cuts bytes, in the midst of a character if need be.
function truncate(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : characters.slice(0, Math.max(0, length)).join('');
}

function string(value: unknown, index: number): string {
  if (typeof value === 'string') return value;
  throw new Error(`wrong type for argument ${index + 1}; expected string; got ${typeName(value)}`);
}

function int(value: unknown, index: number): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new Error(`wrong type for argument ${index + 1}; expected int; got ${typeName(value)}`);
}
