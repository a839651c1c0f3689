// Walks the statements of a template with a value and writes the text. After exec.go of text/template.
import {type Evaluation, Expressions} from './expressions.ts';
import {isObject, isTrue, type MapIndex, sortedEntries} from './go-values.ts';
import {printed} from './print.ts';
import type {Pipeline, Statement} from './syntax.ts';

/** The text that the statements make of `value`. Throws EngineError 'invalid-option' with the position. */
export function evaluate(statements: readonly Statement[], value: unknown, evaluation: Evaluation): string {
  return new Evaluator(value, evaluation).run(statements, value);
}

/** How a block ended: a break or continue goes up to the range around it. */
type Flow = 'next' | 'break' | 'continue';

class Evaluator {
  readonly #expressions: Expressions;
  readonly #maps: MapIndex;
  readonly #output: string[] = [];

  constructor(value: unknown, evaluation: Evaluation) {
    this.#expressions = new Expressions(value, evaluation);
    this.#maps = evaluation.maps;
  }

  run(statements: readonly Statement[], dot: unknown): string {
    this.#block(statements, dot);
    return this.#output.join('');
  }

  #block(statements: readonly Statement[], dot: unknown): Flow {
    const visible = this.#expressions.count();
    let flow: Flow = 'next';
    for (const statement of statements) {
      flow = this.#statement(statement, dot);
      if (flow !== 'next') break;
    }
    this.#expressions.forget(visible);
    return flow;
  }

  #statement(statement: Statement, dot: unknown): Flow {
    switch (statement.kind) {
      case 'text':
        this.#output.push(statement.text);
        return 'next';
      case 'action': {
        const value = this.#expressions.pipeline(statement.pipeline, dot);
        if (statement.pipeline.variables.length === 0)
          this.#output.push(this.#printed(statement.pipeline, value));
        return 'next';
      }
      case 'break':
      case 'continue':
        return statement.kind;
      default:
        return this.#control(statement, dot);
    }
  }

  #printed(pipeline: Pipeline, value: unknown): string {
    if (typeof value === 'function') {
      throw this.#expressions.error(
        pipeline,
        `can't print ${this.#expressions.text(pipeline)} of type func: it takes arguments`,
      );
    }
    return printed(value, this.#maps);
  }

  #control(statement: Statement & {kind: 'if' | 'with' | 'range'}, dot: unknown): Flow {
    const visible = this.#expressions.count();
    const value = this.#expressions.pipeline(statement.pipeline, dot, statement.kind === 'range');
    let flow: Flow;
    if (statement.kind === 'range') flow = this.#range(statement, value, dot);
    else if (isTrue(value)) flow = this.#block(statement.body, statement.kind === 'with' ? value : dot);
    else flow = this.#block(statement.otherwise, dot);
    this.#expressions.forget(visible);
    return flow;
  }

  #range(statement: Statement & {kind: 'if' | 'with' | 'range'}, value: unknown, dot: unknown): Flow {
    const entries = this.#entries(statement.pipeline, value);
    if (entries.length === 0) return this.#block(statement.otherwise, dot);
    for (const [key, item] of entries) {
      const visible = this.#expressions.count();
      const {variables, assigns} = statement.pipeline;
      const values = variables.length === 2 ? [key, item] : [item];
      for (const [index, name] of variables.entries())
        this.#expressions.setVariable(name, values[index], assigns);
      const flow = this.#block(statement.body, item);
      this.#expressions.forget(visible);
      if (flow === 'break') break;
    }
    return 'next';
  }

  #entries(pipeline: Pipeline, value: unknown): [unknown, unknown][] {
    if (value === null || value === undefined) return [];
    if (Array.isArray(value)) return [...value.entries()];
    if (isObject(value)) return sortedEntries(value);
    if (typeof value === 'number' && Number.isInteger(value)) {
      return Array.from({length: Math.max(0, value)}, (_, index) => [index, index]);
    }
    throw this.#expressions.error(pipeline, `range can't iterate over ${printed(value, this.#maps)}`);
  }
}
