// Reading JSON from a registry field by field: each value is checked as it is taken out, and an error says where in which
// document it went wrong. Knows nothing of manifests.
import {EngineError, type ErrorCode} from '../errors.ts';
import {type Digest, isDigest} from './digest.ts';

/** Parses bytes as one JSON document. `name` says which one, as in 'the manifest of alpine:3'. */
export function parseDocument(
  bytes: Uint8Array,
  name: string,
  code: ErrorCode = 'manifest-invalid',
): JsonField {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(bytes));
  } catch (error) {
    throw new EngineError(code, `${name} is not valid JSON`, {cause: error});
  }
  return new JsonField(value, {name, code}, '');
}

/** A value somewhere in a document. Every getter throws the document's EngineError when the value does not fit. */
export class JsonField {
  readonly value: unknown;
  readonly #document: {name: string; code: ErrorCode};
  readonly #path: string;

  constructor(value: unknown, document: {name: string; code: ErrorCode}, path: string) {
    this.value = value;
    this.#document = document;
    this.#path = path;
  }

  fail(why: string): never {
    const {name, code} = this.#document;
    throw new EngineError(code, `${name} is invalid: ${this.#path === '' ? 'it' : this.#path} ${why}`);
  }

  /** A member of an object, with the value undefined when it is absent. */
  get(name: string): JsonField {
    const object = this.#object();
    const path = this.#path === '' ? name : `${this.#path}.${name}`;
    return new JsonField(Object.hasOwn(object, name) ? object[name] : undefined, this.#document, path);
  }

  has(name: string): boolean {
    const object = this.#object();
    return Object.hasOwn(object, name) && object[name] !== null;
  }

  #object(): Record<string, unknown> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) {
      this.fail('is not an object');
    }
    return this.value as Record<string, unknown>;
  }

  /** The members of an object. Names that are unusually long are cut in messages. */
  entries(maxCount = 10_000): [name: string, value: JsonField][] {
    const names = Object.keys(this.#object());
    if (names.length > maxCount) this.fail(`has ${names.length} members; at most ${maxCount} are allowed`);
    return names.map((name) => {
      const shown = JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
      const value = this.#object()[name];
      return [name, new JsonField(value, this.#document, `${this.#path}[${shown}]`)];
    });
  }

  list(maxCount = 10_000): JsonField[] {
    if (!Array.isArray(this.value)) return this.fail('is not a list');
    if (this.value.length > maxCount) {
      this.fail(`has ${this.value.length} items; at most ${maxCount} are allowed`);
    }
    return this.value.map((item, index) => new JsonField(item, this.#document, `${this.#path}[${index}]`));
  }

  string(): string {
    if (this.value === undefined) return this.fail('is missing');
    if (typeof this.value !== 'string') return this.fail('is not a string');
    return this.value;
  }

  /** Text that may become an argument, a variable or a path of a program: the kernel would end it at a NUL. */
  argument(): string {
    const text = this.string();
    return text.includes('\0') ? this.fail('has a NUL character') : text;
  }

  integer(min: number, max: number): number {
    if (this.value === undefined) return this.fail('is missing');
    if (!Number.isSafeInteger(this.value)) return this.fail('is not an integer');
    const value = this.value as number;
    return value < min || value > max ? this.fail(`is not between ${min} and ${max}`) : value;
  }

  boolean(): boolean {
    return typeof this.value === 'boolean' ? this.value : this.fail('is not true or false');
  }

  digest(): Digest {
    const text = this.string();
    if (isDigest(text)) return text;
    return this.fail(`is not a sha256 or sha512 digest: '${text.slice(0, 160)}'`);
  }

  /** An object whose values are strings; absent and null are undefined. */
  stringMap(): Record<string, string> | undefined {
    if (this.value === undefined || this.value === null) return undefined;
    return Object.fromEntries(this.entries().map(([name, value]) => [name, value.string()]));
  }

  /** A list of arguments; absent and null are undefined. */
  arguments(): string[] | undefined {
    if (this.value === undefined || this.value === null) return undefined;
    return this.list().map((item) => item.argument());
  }
}
