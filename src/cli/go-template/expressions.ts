// The values of pipelines: fields, variables, and calls of functions and methods.
import {EngineError} from '../../errors.ts';
import {callFunction, type FunctionTable} from './functions.ts';
import {isObject, isTrue, type MapIndex, typeName} from './go-values.ts';
import type {Command, Operand, Pipeline} from './syntax.ts';
import type {Span, TemplateSource} from './template-source.ts';

export interface Evaluation {
  source: TemplateSource;
  functions: FunctionTable;
  maps: MapIndex;
}

interface Variable {
  name: string;
  value: unknown;
}

export class Expressions {
  readonly #evaluation: Evaluation;
  readonly #variables: Variable[];

  /** `value` is what `$` stands for. */
  constructor(value: unknown, evaluation: Evaluation) {
    this.#evaluation = evaluation;
    this.#variables = [{name: '$', value}];
  }

  /** `dot` is what fields without a variable belong to. In range the variables are set by whoever loops. */
  pipeline(pipeline: Pipeline, dot: unknown, isRange = false): unknown {
    let value: unknown;
    for (const [index, command] of pipeline.commands.entries()) {
      value = this.#command(command, dot, index === 0 ? [] : [value]);
    }
    if (!isRange) for (const name of pipeline.variables) this.setVariable(name, value, pipeline.assigns);
    return value;
  }

  #command(command: Command, dot: unknown, piped: readonly unknown[]): unknown {
    const {operand} = command;
    if (operand.kind === 'nil') throw this.error(command, 'nil is not a command');
    if (operand.kind === 'function') return this.#function(command, operand.name, dot, piped);
    const value = this.#operand(operand, dot);
    if (typeof value === 'function') {
      const args = [...command.args.map((arg) => this.#argument(arg, dot)), ...piped];
      return this.#guarded(command, this.text(operand), () => Reflect.apply(value, undefined, args));
    }
    if (command.args.length > 0 || piped.length > 0) {
      throw this.error(operand, `can't give argument to non-function ${this.text(operand)}`);
    }
    return value;
  }

  #function(command: Command, name: string, dot: unknown, piped: readonly unknown[]): unknown {
    const {functions, maps} = this.#evaluation;
    if (name === 'and' || name === 'or') return this.#andOr(command, name, dot, piped);
    const args = [...command.args.map((arg) => this.#argument(arg, dot)), ...piped];
    return this.#guarded(command, name, () => callFunction(functions, name, args, maps));
  }

  // The first argument that decides, without looking at those after it; else the last.
  #andOr(command: Command, name: 'and' | 'or', dot: unknown, piped: readonly unknown[]): unknown {
    const args = [
      ...command.args.map((arg) => () => this.#argument(arg, dot)),
      ...piped.map((value) => () => value),
    ];
    if (args.length === 0)
      throw this.error(command.operand, `wrong number of args for ${name}: want at least 1 got 0`);
    let value: unknown;
    for (const arg of args) {
      value = arg();
      if (isTrue(value) === (name === 'or')) break;
    }
    return value;
  }

  #guarded(command: Command, name: string, call: () => unknown): unknown {
    try {
      return call();
    } catch (error) {
      if (error instanceof EngineError || !(error instanceof Error)) throw error;
      const isMisuse = error.message.startsWith('wrong number of args');
      if (isMisuse) throw this.error(command.operand, error.message);
      throw this.error(command, `error calling ${name}: ${error.message}`);
    }
  }

  #argument(operand: Operand, dot: unknown): unknown {
    if (operand.kind === 'function') return this.#guardedFunction(operand, operand.name);
    if (operand.kind === 'nil') return null;
    return this.#operand(operand, dot);
  }

  // A function's name as an argument is a call without arguments.
  #guardedFunction(operand: Operand, name: string): unknown {
    return this.#function({...operand, operand, args: []}, name, undefined, []);
  }

  #operand(operand: Operand, dot: unknown): unknown {
    if (operand.kind === 'dot') return dot;
    if (operand.kind === 'literal') return operand.value;
    if (operand.kind !== 'fields') throw new Error(`a ${operand.kind} is not an operand with a value`);
    let value: unknown = dot;
    if (operand.of === 'variable') value = this.#variable(operand.variable).value;
    if (operand.of === 'pipeline') value = this.pipeline(operand.pipeline, dot);
    for (const field of operand.fields) value = this.#field(operand, value, field);
    return value;
  }

  #field(span: Span, value: unknown, field: string): unknown {
    // What a missing key of a map gives has itself no fields, and that is no mistake.
    if (value === undefined) return undefined;
    if (value === null) throw this.error(span, `nil pointer evaluating interface {}.${field}`);
    if (!isObject(value)) throw this.error(span, `can't evaluate field ${field} in type ${typeName(value)}`);
    if (Object.hasOwn(value, field)) return value[field];
    if (this.#evaluation.maps.isMap(value)) return undefined;
    const fields = Object.keys(value).sort().join(', ');
    throw this.error(
      span,
      `can't evaluate field ${field}: the fields here are ${fields === '' ? 'none' : fields}`,
    );
  }

  #variable(name: string): Variable {
    const variable = this.#variables.findLast((one) => one.name === name);
    if (variable === undefined) throw new Error(`the parser let the unknown variable ${name} pass`);
    return variable;
  }

  setVariable(name: string, value: unknown, assigns: boolean): void {
    if (assigns) this.#variable(name).value = value;
    else this.#variables.push({name, value});
  }

  /** How many variables there are: to be handed to `forget` at the end of a block. */
  count(): number {
    return this.#variables.length;
  }

  forget(count: number): void {
    this.#variables.length = count;
  }

  text(span: Span): string {
    return this.#evaluation.source.text.slice(span.start, span.end);
  }

  error(span: Span, message: string): EngineError {
    return this.#evaluation.source.executionError(span, message);
  }
}
