// Cuts a template into text and the tokens of its actions; trims around {{- and -}} and drops comments.
// The lexical rules are those of Go's text/template/parse.
import {unquote} from './quoted.ts';
import type {TemplateSource} from './template-source.ts';

export type Token = TextToken | ActionToken;

export interface TextToken {
  kind: 'text';
  text: string;
  offset: number;
  end: number;
  spaceBefore: boolean;
}

export type ActionKind =
  | 'open'
  | 'close'
  /** `.name` */
  | 'field'
  /** `$name` or `$` */
  | 'variable'
  /** A keyword or the name of a function. */
  | 'word'
  | 'string'
  | 'number'
  | '.'
  | '|'
  | ':='
  | '='
  | ','
  | '('
  | ')'
  | 'end of template';

export interface ActionToken {
  kind: ActionKind;
  /** As written; for a string its value, for a number or a character constant its decimal digits. */
  text: string;
  offset: number;
  end: number;
  spaceBefore: boolean;
}

/** All tokens, the last one 'end of template'. Throws EngineError 'invalid-option' with the position. */
export function tokenize(source: TemplateSource): Token[] {
  return new Lexer(source).run();
}

const blank = /[ \t\r\n]*/y;
const patterns: [kind: ActionKind, pattern: RegExp][] = [
  ['field', /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  [
    'number',
    /[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/y,
  ],
  ['variable', /\$[\p{L}\p{Nd}_]*/uy],
  ['word', /[\p{L}_][\p{L}\p{Nd}_]*/uy],
  [':=', /:=/y],
  ['=', /=/y],
  ['.', /\./y],
  ['|', /\|/y],
  [',', /,/y],
  ['(', /\(/y],
  [')', /\)/y],
];
const stringPattern = /"(?:[^"\\\n]|\\.)*"/y;
const characterPattern = /'(?:[^'\\\n]|\\.)*'/uy;
const rawPattern = /`[^`]*`/y;
const commentPattern = /\/\*[\s\S]*?\*\//y;
const closePattern = /[ \t\r\n]+-\}\}|[ \t\r\n]*\}\}/y;

class Lexer {
  readonly #source: TemplateSource;
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #offset = 0;
  #trimNext = false;

  constructor(source: TemplateSource) {
    this.#source = source;
    this.#text = source.text;
  }

  run(): Token[] {
    for (;;) {
      const open = this.#text.indexOf('{{', this.#offset);
      const trimsBefore = open !== -1 && /^-[ \t\r\n]/.test(this.#text.slice(open + 2, open + 4));
      this.#pushText(open === -1 ? this.#text.length : open, trimsBefore);
      if (open === -1) break;
      this.#offset = open + (trimsBefore ? 3 : 2);
      this.#action(open);
    }
    this.#push('end of template', '', this.#offset, false);
    return this.#tokens;
  }

  #pushText(end: number, trimsAfter: boolean): void {
    let text = this.#text.slice(this.#offset, end);
    if (this.#trimNext) text = text.replace(/^[ \t\r\n]+/, '');
    if (trimsAfter) text = text.replace(/[ \t\r\n]+$/, '');
    if (text !== '') this.#tokens.push({kind: 'text', text, offset: this.#offset, end, spaceBefore: false});
    this.#offset = end;
    this.#trimNext = false;
  }

  #action(open: number): void {
    if (this.#comment()) return;
    this.#push('open', '{{', open, false);
    for (;;) {
      const close = this.#match(closePattern);
      if (close !== undefined) {
        this.#trimNext = close.includes('-');
        this.#push('close', '}}', this.#offset - 2, false);
        return;
      }
      this.#token(open);
    }
  }

  // A comment fills its whole action.
  #comment(): boolean {
    const start = this.#offset;
    if (this.#text[start - 1] === '-') this.#match(blank);
    if (!this.#text.startsWith('/*', this.#offset)) {
      this.#offset = start;
      return false;
    }
    if (this.#match(commentPattern) === undefined)
      throw this.#source.syntaxError(this.#offset, 'unclosed comment');
    const close = this.#match(closePattern);
    if (close === undefined || (!close.includes('-') && close !== '}}')) {
      throw this.#source.syntaxError(this.#offset, 'comment ends before closing delimiter');
    }
    this.#trimNext = close.includes('-');
    return true;
  }

  #token(open: number): void {
    const spaceBefore = this.#match(blank) !== '';
    const offset = this.#offset;
    if (offset >= this.#text.length) throw this.#source.syntaxError(open, 'unclosed action');
    if (this.#quoted(spaceBefore)) return;
    for (const [kind, pattern] of patterns) {
      const text = this.#match(pattern);
      if (text === undefined) continue;
      this.#push(kind, text, offset, spaceBefore);
      return;
    }
    const character = String.fromCodePoint(this.#text.codePointAt(offset) ?? 0);
    throw this.#source.syntaxError(offset, `unexpected ${JSON.stringify(character)} in an action`);
  }

  #quoted(spaceBefore: boolean): boolean {
    const offset = this.#offset;
    const quote = this.#text[offset];
    if (quote === '`') {
      const raw = this.#match(rawPattern);
      if (raw === undefined) throw this.#source.syntaxError(offset, 'unterminated raw quoted string');
      this.#push('string', raw.slice(1, -1).replaceAll('\r', ''), offset, spaceBefore);
      return true;
    }
    if (quote !== '"' && quote !== "'") return false;
    const what = quote === '"' ? 'quoted string' : 'character constant';
    const literal = this.#match(quote === '"' ? stringPattern : characterPattern);
    if (literal === undefined) throw this.#source.syntaxError(offset, `unterminated ${what}`);
    const value = unquote(literal);
    const length = value === undefined ? 0 : [...value].length;
    if (value === undefined || (quote === "'" && length !== 1)) {
      throw this.#source.syntaxError(offset, `malformed ${what}: ${literal}`);
    }
    if (quote === '"') this.#push('string', value, offset, spaceBefore);
    else this.#push('number', `${value.codePointAt(0)}`, offset, spaceBefore);
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#offset += found.length;
    return found;
  }

  #push(kind: ActionKind, text: string, offset: number, spaceBefore: boolean): void {
    this.#tokens.push({kind, text, offset, end: this.#offset, spaceBefore});
  }
}
