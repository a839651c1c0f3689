// The tree of a template: what parser.ts makes and evaluator.ts walks. After text/template/parse.
import type {Span} from './template-source.ts';

export type Statement =
  | {kind: 'text'; text: string}
  | {kind: 'action'; pipeline: Pipeline}
  | {kind: 'if' | 'with' | 'range'; pipeline: Pipeline; body: Statement[]; otherwise: Statement[]}
  | {kind: 'break'}
  | {kind: 'continue'};

/** Commands of which each gets the value of the one before as its last argument. */
export interface Pipeline extends Span {
  /** `$x :=` declares (or `$x =` assigns, when `assigns`); two names only in range. */
  variables: string[];
  assigns: boolean;
  commands: Command[];
}

export interface Command extends Span {
  operand: Operand;
  args: Operand[];
}

export type Operand = Span &
  (
    | {kind: 'dot'}
    | {kind: 'nil'}
    | {kind: 'literal'; value: string | number | boolean}
    /** A function's name. */
    | {kind: 'function'; name: string}
    /** Fields of dot, of a variable (`$` is the whole value), or of a parenthesised pipeline. */
    | {kind: 'fields'; of: 'dot'; fields: string[]}
    | {kind: 'fields'; of: 'variable'; variable: string; fields: string[]}
    | {kind: 'fields'; of: 'pipeline'; pipeline: Pipeline; fields: string[]}
  );
