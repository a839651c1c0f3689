// Replaces $NAME and ${NAME…} in a word and takes its quotes away, as BuildKit's frontend/dockerfile/shell does. Pure.
import {dockerfileError} from './dockerfile-error.ts';

/** Whole, spaces kept. Throws EngineError 'invalid-option' in Docker's words. */
export function expandWord(word: string, env: readonly string[]): string {
  return new Expansion(word, env).whole();
}

/** The words that it becomes: those in a variable's value count, quoted ones stay together. Throws as `expandWord`. */
export function expandWords(word: string, env: readonly string[]): string[] {
  return new Expansion(word, env).words();
}

/** A part of a word; `isBare` when spaces in it separate. */
interface Piece {
  text: string;
  isBare: boolean;
}

class Expansion {
  readonly #source: string;
  readonly #env: ReadonlyMap<string, string>;
  #at = 0;

  constructor(source: string, env: readonly string[]) {
    this.#source = source;
    this.#env = new Map(env.map(splitEntry));
  }

  whole(): string {
    return this.#pieces()
      .map(({text}) => text)
      .join('');
  }

  words(): string[] {
    const words: string[] = [];
    let word = '';
    for (const {text, isBare} of this.#pieces()) {
      const [first = '', ...others] = isBare ? text.split(/\s+/) : [text];
      word += first;
      for (const other of others) {
        if (word !== '') words.push(word);
        word = other;
      }
    }
    return word === '' ? words : [...words, word];
  }

  #pieces(): Piece[] {
    try {
      return this.#until(undefined);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw dockerfileError(`failed to process ${JSON.stringify(this.#source)}: ${error.message}`);
    }
  }

  #next(): string | undefined {
    const character = this.#source.slice(this.#at).match(/^./su)?.[0];
    this.#at += character?.length ?? 0;
    return character;
  }

  #peek(): string | undefined {
    return this.#source[this.#at];
  }

  #until(stop: string | undefined): Piece[] {
    const pieces: Piece[] = [];
    for (let character = this.#next(); character !== undefined; character = this.#next()) {
      if (character === stop) return pieces;
      if (character === '$') pieces.push({text: this.#variable(), isBare: true});
      else if (character === "'") pieces.push({text: this.#singleQuoted(), isBare: false});
      else if (character === '"') pieces.push({text: this.#doubleQuoted(), isBare: false});
      else if (character === '\\') pieces.push({text: this.#next() ?? '', isBare: false});
      else pieces.push({text: character, isBare: true});
    }
    if (stop === undefined) return pieces;
    throw new SyntaxError(`unexpected end of statement while looking for matching ${stop}`);
  }

  #singleQuoted(): string {
    const end = this.#source.indexOf("'", this.#at);
    if (end < 0) throw new SyntaxError('unexpected end of statement while looking for matching single-quote');
    const text = this.#source.slice(this.#at, end);
    this.#at = end + 1;
    return text;
  }

  #doubleQuoted(): string {
    let text = '';
    for (let character = this.#next(); character !== undefined; character = this.#next()) {
      if (character === '"') return text;
      if (character === '$') text += this.#variable();
      else if (character === '\\' && ['"', '$', '\\'].includes(this.#peek() ?? '')) text += this.#next();
      else text += character;
    }
    throw new SyntaxError('unexpected end of statement while looking for matching double-quote');
  }

  /** What stands behind a '$' becomes. */
  #variable(): string {
    if (this.#peek() !== '{') {
      const name = this.#name();
      return name === '' ? '$' : (this.#env.get(name) ?? '');
    }
    this.#at++;
    const first = this.#peek();
    if (first === undefined) throw new SyntaxError("syntax error: missing '}'");
    if (['{', '}', ':'].includes(first)) throw new SyntaxError('syntax error: bad substitution');
    const name = this.#name();
    const value = this.#env.get(name);
    const modifier = this.#next();
    if (modifier === '}') return value ?? '';
    if (modifier === undefined) throw new SyntaxError("syntax error: missing '}'");
    const emptyCounts = modifier !== ':';
    return this.#modified(name, emptyCounts ? modifier : `:${this.#next() ?? ''}`, {
      value,
      isSet: value !== undefined && (emptyCounts || value !== ''),
    });
  }

  #modified(name: string, modifier: string, {value, isSet}: {value: string | undefined; isSet: boolean}) {
    if (!/^:?[-+?]$/.test(modifier))
      throw new SyntaxError(`unsupported modifier (${modifier}) in substitution`);
    const word = this.#until('}')
      .map(({text}) => text)
      .join('');
    if (modifier.endsWith('-')) return isSet ? (value ?? '') : word;
    if (modifier.endsWith('+')) return isSet ? word : '';
    if (isSet) return value ?? '';
    const why = value === undefined ? 'is not allowed to be unset' : 'is not allowed to be empty';
    throw new SyntaxError(`${name}: ${word || why}`);
  }

  #name(): string {
    const [name = ''] =
      /^(?:\d+|[@*#?\-$!]|[\p{L}_][\p{L}\p{Nd}_]*)/u.exec(this.#source.slice(this.#at)) ?? [];
    this.#at += name.length;
    return name;
  }
}

function splitEntry(entry: string): [name: string, value: string] {
  const equals = entry.indexOf('=');
  return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
}
