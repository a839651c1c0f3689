// How plain JavaScript values stand for Go's: an object is a struct, unless it is known to be a map; a function is
// a method; a whole number is an int, another one a float64; null is a nil, undefined no value at all.

export type GoObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is GoObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** What templates must know about the maps in a value: a missing key of a map is no value, of a struct a mistake. */
export class MapIndex {
  readonly #maps = new WeakSet<GoObject>();

  /** Finds the objects that stand under one of these names anywhere in `value`. */
  constructor(value: unknown, names: ReadonlySet<string>) {
    this.#visit(value, names);
  }

  isMap(value: GoObject): boolean {
    return this.#maps.has(value);
  }

  #visit(value: unknown, names: ReadonlySet<string>): void {
    if (Array.isArray(value)) for (const item of value) this.#visit(item, names);
    if (!isObject(value)) return;
    for (const [name, field] of Object.entries(value)) {
      if (isObject(field) && names.has(name)) this.#maps.add(field);
      this.#visit(field, names);
    }
  }
}

/** A map's entries in the order of their keys, as Go prints and ranges over maps. */
export function sortedEntries(value: GoObject): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What `if`, `and`, `or` and `not` go by: false, 0, nil, and what is empty are not true. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isObject(value) ? Object.keys(value).length > 0 : Boolean(value);
}

/** True for a number that Go would hold in an int: whole, and not so large that Go writes an exponent. */
export function isInt(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 1e21;
}

/** The name of a value's type in Go, for messages and %T. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return isInt(value) ? 'int' : 'float64';
  if (typeof value === 'bigint') return 'int64';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'function') return 'func';
  if (value instanceof Date) return 'time.Time';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}
