// The tokens of a template with a place in them, and complaints about that place.
import {type ActionKind, type Token, tokenize} from './lexer.ts';
import type {TemplateSource} from './template-source.ts';

export class TokenCursor {
  readonly #source: TemplateSource;
  readonly #tokens: Token[];
  #index = 0;

  /** Throws as tokenize does. */
  constructor(source: TemplateSource) {
    this.#source = source;
    this.#tokens = tokenize(source);
  }

  peek(): Token {
    const token = this.#tokens[this.#index] ?? this.#tokens.at(-1);
    if (token === undefined) throw new Error('a template has at least the token that ends it');
    return token;
  }

  next(): Token {
    const token = this.peek();
    this.#index++;
    return token;
  }

  /** Passes the next token if it is of this kind. */
  skip(kind: ActionKind): boolean {
    if (this.peek().kind !== kind) return false;
    this.#index++;
    return true;
  }

  skipWord(word: string): boolean {
    const token = this.peek();
    return token.kind === 'word' && token.text === word && this.skip('word');
  }

  /** Passes the end of an action; `context` is what should have ended. */
  close(context: string): void {
    if (!this.skip('close')) throw this.unexpected(context);
  }

  mark(): number {
    return this.#index;
  }

  goBack(mark: number): void {
    this.#index = mark;
  }

  /** The last token that was passed. */
  previous(): Token {
    return this.#tokens[this.#index - 1] ?? this.peek();
  }

  /** The text from one offset of the template up to another. */
  text(start: number, end: number): string {
    return this.#source.text.slice(start, end);
  }

  unexpected(context: string): Error {
    const token = this.peek();
    return this.error(
      `unexpected ${JSON.stringify(this.text(token.offset, token.end))} in ${context}`,
      token,
    );
  }

  error(message: string, token = this.peek()): Error {
    return this.#source.syntaxError(token.offset, message);
  }
}
