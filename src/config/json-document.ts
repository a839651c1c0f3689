// JSON (RFC 8259) as a tree that remembers where each value stands, so that a complaint about a value can name
// its line and column; JSON.parse forgets. Stricter than JSON.parse in one point: a name given twice is an error. Wider in
// what a file needs of which people switch lines on and off: comments as in JavaScript, and a comma after the last element.

export type JsonNode = JsonObject | JsonArray | JsonScalar;

export interface JsonObject {
  kind: 'object';
  offset: number;
  members: JsonMember[];
}

export interface JsonMember {
  name: string;
  /** Where the name stands. */
  offset: number;
  value: JsonNode;
}

export interface JsonArray {
  kind: 'array';
  offset: number;
  items: JsonNode[];
}

/** `offset` counts UTF-16 units from the start of the text, as everywhere here. */
export type JsonScalar =
  | {kind: 'string'; offset: number; value: string}
  | {kind: 'number'; offset: number; value: number}
  | {kind: 'boolean'; offset: number; value: boolean}
  | {kind: 'null'; offset: number};

/** The text is not JSON; `offset` is where reading stopped. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Reads one JSON document. A byte order mark before it is passed over. Throws JsonSyntaxError. */
export function parseJsonDocument(text: string): JsonNode {
  const reader = new Reader(text);
  const node = reader.value(0);
  reader.end();
  return node;
}

/** Line and column of an offset, both from 1; the column counts UTF-16 units, and a byte order mark not at all. */
export function positionOf(text: string, offset: number): {line: number; column: number} {
  const before = text.slice(0, offset).replace(/^\uFEFF/, '');
  const lines = before.split(/\r\n|\r|\n/);
  return {line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1};
}

const maxDepth = 64;
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// A whole string literal: no bare control character, only the escapes that JSON has.
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in a string
const stringPattern = /"(?:[^"\\\u0000-\u001F]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
// White space, or one comment.
const spacePattern = /[ \t\n\r]+|\/\/[^\n\r]*|\/\*.*?\*\//sy;
const wordPattern = /[A-Za-z_]\w*/y;

class Reader {
  readonly #text: string;
  #offset: number;

  constructor(text: string) {
    this.#text = text;
    this.#offset = text.startsWith('\uFEFF') ? 1 : 0;
  }

  value(depth: number): JsonNode {
    this.#skipSpace();
    const offset = this.#offset;
    if (depth > maxDepth) throw this.#unexpected(`at most ${maxDepth} levels of nesting`);
    const first = this.#text[offset];
    if (first === '{') return {kind: 'object', offset, members: this.#members(depth)};
    if (first === '[') return {kind: 'array', offset, items: this.#items(depth)};
    if (first === '"') return {kind: 'string', offset, value: this.#string()};
    const number = this.#take(numberPattern);
    if (number !== undefined) return {kind: 'number', offset, value: Number(number)};
    const word = this.#take(wordPattern);
    if (word === 'true' || word === 'false') return {kind: 'boolean', offset, value: word === 'true'};
    if (word === 'null') return {kind: 'null', offset};
    this.#offset = offset;
    throw this.#unexpected('a value');
  }

  end(): void {
    this.#skipSpace();
    if (this.#offset < this.#text.length) throw this.#unexpected('the end of the file');
  }

  #members(depth: number): JsonMember[] {
    const members: JsonMember[] = [];
    this.#list('}', () => {
      const offset = this.#offset;
      if (this.#text[offset] !== '"') throw this.#unexpected('a name in double quotes');
      const name = this.#string();
      if (members.some((member) => member.name === name)) {
        throw new JsonSyntaxError(`"${name}" is given twice`, offset);
      }
      this.#skipSpace();
      if (this.#text[this.#offset] !== ':') throw this.#unexpected(`':' after "${name}"`);
      this.#offset++;
      members.push({name, offset, value: this.value(depth + 1)});
    });
    return members;
  }

  #items(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.#list(']', () => items.push(this.value(depth + 1)));
    return items;
  }

  // What object and array share: an opening bracket, elements with commas between or behind, a closing bracket.
  #list(close: '}' | ']', element: () => void): void {
    this.#offset++;
    for (;;) {
      this.#skipSpace();
      if (this.#text[this.#offset] === close) {
        this.#offset++;
        return;
      }
      element();
      this.#skipSpace();
      const next = this.#text[this.#offset];
      if (next !== ',' && next !== close) throw this.#unexpected(`',' or '${close}'`);
      this.#offset++;
      if (next === close) return;
    }
  }

  #string(): string {
    const literal = this.#take(stringPattern);
    if (literal === undefined) throw this.#brokenString();
    return String(JSON.parse(literal));
  }

  #brokenString(): JsonSyntaxError {
    const start = this.#offset;
    const rest = this.#text.slice(start + 1).search(/["\n\r]/);
    const whole = rest !== -1 && this.#text[start + 1 + rest] === '"';
    const why = whole
      ? 'the string holds an escape or a control character that JSON does not allow'
      : 'the string does not end on its line';
    return new JsonSyntaxError(why, start);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#offset += found.length;
    return found;
  }

  #skipSpace(): void {
    while (this.#take(spacePattern) !== undefined);
    if (this.#text.startsWith('/*', this.#offset))
      throw new JsonSyntaxError('the comment does not end', this.#offset);
  }

  #unexpected(wanted: string): JsonSyntaxError {
    const rest = this.#text.slice(this.#offset);
    const found = rest === '' ? 'the file ends' : `found ${/^(?:\w+|.)/su.exec(rest)?.[0].slice(0, 20)}`;
    return new JsonSyntaxError(`expected ${wanted}, ${rest === '' ? 'but ' : ''}${found}`, this.#offset);
  }
}
