// Tokens to the tree of a template. Unknown functions and variables are refused here, before anything is printed.
import {type ActionKind, type Token, tokenize} from './lexer.ts';
import type {Command, Operand, Pipeline, Statement} from './syntax.ts';
import type {TemplateSource} from './template-source.ts';

/** Throws EngineError 'invalid-option' with the position. */
export function parse(source: TemplateSource, functions: ReadonlySet<string>): Statement[] {
  return new Parser(source, functions).template();
}

interface Block {
  statements: Statement[];
  /** What ended it: `else` is still to be read on. */
  end: 'else' | 'end' | 'end of template';
}

const operandStarts: ActionKind[] = ['field', 'variable', 'word', 'string', 'number', '.', '('];
const unsupported = ['define', 'template', 'block'];

class Parser {
  readonly #source: TemplateSource;
  readonly #functions: ReadonlySet<string>;
  readonly #tokens: Token[];
  #index = 0;
  #variables: string[] = ['$'];
  #rangeDepth = 0;

  constructor(source: TemplateSource, functions: ReadonlySet<string>) {
    this.#source = source;
    this.#functions = functions;
    this.#tokens = tokenize(source);
  }

  template(): Statement[] {
    const {statements, end} = this.#block();
    if (end !== 'end of template') throw this.#error(`unexpected {{${end}}}`, this.#tokens[this.#index - 1]);
    return statements;
  }

  #block(): Block {
    const statements: Statement[] = [];
    for (;;) {
      const token = this.#next();
      if (token.kind === 'end of template') return {statements, end: 'end of template'};
      if (token.kind === 'text') statements.push({kind: 'text', text: token.text});
      else if (this.#skipWord('end')) {
        this.#close('end');
        return {statements, end: 'end'};
      } else if (this.#skipWord('else')) return {statements, end: 'else'};
      else statements.push(this.#action());
    }
  }

  #action(): Statement {
    const token = this.#peek();
    const word = token.kind === 'word' ? token.text : '';
    if (unsupported.includes(word)) throw this.#error(`{{${word}}} is not supported in --format`, token);
    if (word === 'if' || word === 'with' || word === 'range') {
      this.#next();
      return this.#control(word);
    }
    if (word === 'break' || word === 'continue') {
      this.#next();
      if (this.#rangeDepth === 0) throw this.#error(`{{${word}}} outside {{range}}`, token);
      this.#close(word);
      return {kind: word};
    }
    const pipeline = this.#pipeline('command', 1);
    this.#close('command');
    return {kind: 'action', pipeline};
  }

  #control(kind: 'if' | 'with' | 'range'): Statement {
    const visible = this.#variables.length;
    const pipeline = this.#pipeline(kind, kind === 'range' ? 2 : 1);
    this.#close(kind);
    const declared = this.#variables.length;
    if (kind === 'range') this.#rangeDepth++;
    const {statements: body, end} = this.#block();
    if (kind === 'range') this.#rangeDepth--;
    this.#variables.length = declared;
    const otherwise = end === 'else' ? this.#otherwise(kind) : [];
    if (end === 'end of template') throw this.#error('unexpected EOF', this.#peek());
    this.#variables.length = visible;
    return {kind, pipeline, body, otherwise};
  }

  // {{else}}, or {{else if …}} and {{else with …}}, which are a statement inside that shares the {{end}}.
  #otherwise(kind: 'if' | 'with' | 'range'): Statement[] {
    if (kind !== 'range' && this.#skipWord(kind)) return [this.#control(kind)];
    this.#close('else');
    const {statements, end} = this.#block();
    if (end === 'else') throw this.#error('expected end; found {{else}}', this.#tokens[this.#index - 1]);
    if (end === 'end of template') throw this.#error('unexpected EOF', this.#peek());
    return statements;
  }

  #pipeline(context: string, maxVariables: number): Pipeline {
    const start = this.#peek().offset;
    const {variables, assigns} = this.#declaration(context, maxVariables);
    const commands: Command[] = [];
    do {
      if (commands.length > 0 && !operandStarts.includes(this.#peekKind())) {
        throw this.#error(`missing command after '|'`, this.#peek());
      }
      if (!operandStarts.includes(this.#peekKind())) break;
      commands.push(this.#command(commands.length + 1));
    } while (this.#skip('|'));
    if (commands.length === 0) throw this.#error(`missing value for ${context}`, this.#peek());
    if (!assigns) this.#variables.push(...variables);
    return {variables, assigns, commands, start, at: start, end: this.#previousEnd()};
  }

  #declaration(context: string, maxVariables: number): {variables: string[]; assigns: boolean} {
    const begin = this.#index;
    const variables: string[] = [];
    while (this.#peek().kind === 'variable' && variables.length < 3) {
      variables.push(this.#next().text);
      if (!this.#skip(',')) break;
    }
    const operator = this.#peek();
    if (variables.length === 0 || (operator.kind !== ':=' && operator.kind !== '=')) {
      this.#index = begin;
      return {variables: [], assigns: false};
    }
    if (variables.length > maxVariables) throw this.#error(`too many declarations in ${context}`, operator);
    this.#next();
    const assigns = operator.kind === '=';
    if (assigns) for (const name of variables) this.#checkVariable(name, operator);
    return {variables, assigns};
  }

  #command(stage: number): Command {
    const first = this.#peek();
    const operand = this.#operand();
    const args: Operand[] = [];
    while (operandStarts.includes(this.#peekKind())) {
      if (!this.#peek().spaceBefore) throw this.#unexpected('operand');
      args.push(this.#operand());
    }
    const isConstant = operand.kind === 'literal' || operand.kind === 'nil' || operand.kind === 'dot';
    if (stage > 1 && isConstant) {
      throw this.#error(`non executable command in pipeline stage ${stage}`, first);
    }
    return {operand, args, start: first.offset, at: operand.at, end: this.#previousEnd()};
  }

  #operand(): Operand {
    const token = this.#next();
    const span = {start: token.offset, at: token.offset, end: token.end};
    if (token.kind === 'string') return this.#plain({...span, kind: 'literal', value: token.text});
    if (token.kind === 'number') return this.#plain({...span, kind: 'literal', value: this.#number(token)});
    if (token.kind === '.') return this.#plain({...span, kind: 'dot'});
    if (token.kind === 'word') return this.#plain({...span, ...this.#word(token)});
    if (token.kind === 'field')
      return this.#fields({...span, kind: 'fields', of: 'dot', fields: [token.text.slice(1)]});
    if (token.kind === 'variable') {
      this.#checkVariable(token.text, token);
      return this.#fields({...span, kind: 'fields', of: 'variable', variable: token.text, fields: []});
    }
    const pipeline = this.#pipeline('parenthesized pipeline', 1);
    if (!this.#skip(')')) throw this.#error('unclosed left paren', token);
    return this.#fields({
      ...span,
      kind: 'fields',
      of: 'pipeline',
      pipeline,
      fields: [],
      end: this.#previousEnd(),
    });
  }

  // Fields that follow without a space. Go places a chain at its second part.
  #fields(operand: Operand & {kind: 'fields'}): Operand {
    const next = this.#peek();
    if (next.kind !== 'field' || next.spaceBefore) return operand;
    operand.at = next.offset;
    while (this.#peekKind() === 'field' && !this.#peek().spaceBefore) {
      const field = this.#next();
      operand.fields.push(field.text.slice(1));
      operand.end = field.end;
    }
    return operand;
  }

  #plain(operand: Operand): Operand {
    const next = this.#peek();
    if (next.kind !== 'field' || next.spaceBefore) return operand;
    throw this.#error(
      `unexpected . after term "${this.#source.text.slice(operand.start, operand.end)}"`,
      next,
    );
  }

  #word(token: Token): {kind: 'nil'} | {kind: 'literal'; value: boolean} | {kind: 'function'; name: string} {
    if (token.text === 'nil') return {kind: 'nil'};
    if (token.text === 'true' || token.text === 'false')
      return {kind: 'literal', value: token.text === 'true'};
    if (!this.#functions.has(token.text)) throw this.#error(`function "${token.text}" not defined`, token);
    return {kind: 'function', name: token.text};
  }

  #number(token: Token): number {
    const sign = token.text.startsWith('-') ? -1 : 1;
    const digits = token.text.replace(/^[+-]/, '').replaceAll('_', '');
    const value = sign * Number(/^0\d+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
    if (Number.isNaN(value)) throw this.#error(`bad number syntax: "${token.text}"`, token);
    return value;
  }

  #checkVariable(name: string, token: Token): void {
    if (!this.#variables.includes(name)) throw this.#error(`undefined variable "${name}"`, token);
  }

  #close(context: string): void {
    if (!this.#skip('close')) throw this.#unexpected(context);
  }

  #unexpected(context: string): Error {
    const token = this.#peek();
    return this.#error(
      `unexpected ${JSON.stringify(this.#source.text.slice(token.offset, token.end))} in ${context}`,
      token,
    );
  }

  #error(message: string, token: Token | undefined): Error {
    return this.#source.syntaxError(token?.offset ?? 0, message);
  }

  #peek(): Token {
    const token = this.#tokens[this.#index] ?? this.#tokens.at(-1);
    if (token === undefined) throw new Error('a template has at least the token that ends it');
    return token;
  }

  #peekKind(): ActionKind {
    const {kind} = this.#peek();
    return kind === 'text' ? 'end of template' : kind;
  }

  #next(): Token {
    const token = this.#peek();
    this.#index++;
    return token;
  }

  #skip(kind: ActionKind): boolean {
    if (this.#peek().kind !== kind) return false;
    this.#index++;
    return true;
  }

  #skipWord(word: string): boolean {
    const token = this.#peek();
    return token.kind === 'word' && token.text === word && this.#skip('word');
  }

  #previousEnd(): number {
    return this.#tokens[this.#index - 1]?.end ?? 0;
  }
}
