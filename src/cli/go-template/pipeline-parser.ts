// Pipelines: what stands between {{ and }} after a keyword. Unknown functions and variables are refused here.
import type {ActionKind, Token} from './lexer.ts';
import type {Command, Operand, Pipeline} from './syntax.ts';
import type {TokenCursor} from './token-cursor.ts';

const operandStarts: readonly (ActionKind | 'text')[] = [
  'field',
  'variable',
  'word',
  'string',
  'number',
  '.',
  '(',
];

export class PipelineParser {
  /** Names that are declared at the cursor; whoever opens a block shortens the list when it ends. */
  readonly variables: string[] = ['$'];
  readonly #cursor: TokenCursor;
  readonly #functions: ReadonlySet<string>;

  constructor(cursor: TokenCursor, functions: ReadonlySet<string>) {
    this.#cursor = cursor;
    this.#functions = functions;
  }

  /** `context` is what the pipeline is for, in complaints; `maxVariables` how many may be declared before it. */
  pipeline(context: string, maxVariables: number): Pipeline {
    const start = this.#cursor.peek().offset;
    const {variables, assigns} = this.#declaration(context, maxVariables);
    const commands: Command[] = [];
    do {
      if (commands.length > 0 && !this.#atOperand()) {
        throw this.#cursor.error(`missing command after '|'`);
      }
      if (!this.#atOperand()) break;
      commands.push(this.#command(commands.length + 1));
    } while (this.#cursor.skip('|'));
    if (commands.length === 0) throw this.#cursor.error(`missing value for ${context}`);
    if (!assigns) this.variables.push(...variables);
    return {variables, assigns, commands, start, at: start, end: this.#cursor.previous().end};
  }

  #declaration(context: string, maxVariables: number): {variables: string[]; assigns: boolean} {
    const begin = this.#cursor.mark();
    const variables: string[] = [];
    while (this.#cursor.peek().kind === 'variable' && variables.length < 3) {
      variables.push(this.#cursor.next().text);
      if (!this.#cursor.skip(',')) break;
    }
    const operator = this.#cursor.peek();
    if (variables.length === 0 || (operator.kind !== ':=' && operator.kind !== '=')) {
      this.#cursor.goBack(begin);
      return {variables: [], assigns: false};
    }
    if (variables.length > maxVariables)
      throw this.#cursor.error(`too many declarations in ${context}`, operator);
    this.#cursor.next();
    const assigns = operator.kind === '=';
    if (assigns) for (const name of variables) this.#checkVariable(name, operator);
    return {variables, assigns};
  }

  #command(stage: number): Command {
    const first = this.#cursor.peek();
    const operand = this.#operand();
    const args: Operand[] = [];
    while (this.#atOperand()) {
      if (!this.#cursor.peek().spaceBefore) throw this.#cursor.unexpected('operand');
      args.push(this.#operand());
    }
    const isConstant = operand.kind === 'literal' || operand.kind === 'nil' || operand.kind === 'dot';
    if (stage > 1 && isConstant) {
      throw this.#cursor.error(`non executable command in pipeline stage ${stage}`, first);
    }
    return {operand, args, start: first.offset, at: operand.at, end: this.#cursor.previous().end};
  }

  #operand(): Operand {
    const token = this.#cursor.next();
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
    const pipeline = this.pipeline('parenthesized pipeline', 1);
    if (!this.#cursor.skip(')')) throw this.#cursor.error('unclosed left paren', token);
    return this.#fields({
      ...span,
      kind: 'fields',
      of: 'pipeline',
      pipeline,
      fields: [],
      end: this.#cursor.previous().end,
    });
  }

  // Fields that follow without a space. Go places a chain at its second part.
  #fields(operand: Operand & {kind: 'fields'}): Operand {
    const next = this.#cursor.peek();
    if (next.kind !== 'field' || next.spaceBefore) return operand;
    operand.at = next.offset;
    while (this.#cursor.peek().kind === 'field' && !this.#cursor.peek().spaceBefore) {
      const field = this.#cursor.next();
      operand.fields.push(field.text.slice(1));
      operand.end = field.end;
    }
    return operand;
  }

  #plain(operand: Operand): Operand {
    const next = this.#cursor.peek();
    if (next.kind !== 'field' || next.spaceBefore) return operand;
    throw this.#cursor.error(
      `unexpected . after term "${this.#cursor.text(operand.start, operand.end)}"`,
      next,
    );
  }

  #word(token: Token): {kind: 'nil'} | {kind: 'literal'; value: boolean} | {kind: 'function'; name: string} {
    if (token.text === 'nil') return {kind: 'nil'};
    if (token.text === 'true' || token.text === 'false')
      return {kind: 'literal', value: token.text === 'true'};
    if (!this.#functions.has(token.text))
      throw this.#cursor.error(`function "${token.text}" not defined`, token);
    return {kind: 'function', name: token.text};
  }

  #number(token: Token): number {
    const sign = token.text.startsWith('-') ? -1 : 1;
    const digits = token.text.replace(/^[+-]/, '').replaceAll('_', '');
    const value = sign * Number(/^0\d+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
    if (Number.isNaN(value)) throw this.#cursor.error(`bad number syntax: "${token.text}"`, token);
    return value;
  }

  #checkVariable(name: string, token: Token): void {
    if (!this.variables.includes(name)) throw this.#cursor.error(`undefined variable "${name}"`, token);
  }

  #atOperand(): boolean {
    return operandStarts.includes(this.#cursor.peek().kind);
  }
}
