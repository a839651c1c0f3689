// A template's text to its tree: the statements. What is wrong is refused here, before anything is printed.
import {PipelineParser} from './pipeline-parser.ts';
import type {Statement} from './syntax.ts';
import type {TemplateSource} from './template-source.ts';
import {TokenCursor} from './token-cursor.ts';

/** Throws EngineError 'invalid-option' with the position. */
export function parse(source: TemplateSource, functions: ReadonlySet<string>): Statement[] {
  return new Parser(source, functions).template();
}

interface Block {
  statements: Statement[];
  /** What ended it: `else` is still to be read on. */
  end: 'else' | 'end' | 'end of template';
}

const unsupported = ['define', 'template', 'block'];

class Parser {
  readonly #cursor: TokenCursor;
  readonly #pipelines: PipelineParser;
  #rangeDepth = 0;

  constructor(source: TemplateSource, functions: ReadonlySet<string>) {
    this.#cursor = new TokenCursor(source);
    this.#pipelines = new PipelineParser(this.#cursor, functions);
  }

  template(): Statement[] {
    const {statements, end} = this.#block();
    if (end !== 'end of template') throw this.#cursor.error(`unexpected {{${end}}}`, this.#cursor.previous());
    return statements;
  }

  #block(): Block {
    const statements: Statement[] = [];
    for (;;) {
      const token = this.#cursor.next();
      if (token.kind === 'end of template') return {statements, end: 'end of template'};
      if (token.kind === 'text') statements.push({kind: 'text', text: token.text});
      else if (this.#cursor.skipWord('end')) {
        this.#cursor.close('end');
        return {statements, end: 'end'};
      } else if (this.#cursor.skipWord('else')) return {statements, end: 'else'};
      else statements.push(this.#action());
    }
  }

  #action(): Statement {
    const token = this.#cursor.peek();
    const word = token.kind === 'word' ? token.text : '';
    if (unsupported.includes(word))
      throw this.#cursor.error(`{{${word}}} is not supported in --format`, token);
    if (word === 'if' || word === 'with' || word === 'range') {
      this.#cursor.next();
      return this.#control(word);
    }
    if (word === 'break' || word === 'continue') {
      this.#cursor.next();
      if (this.#rangeDepth === 0) throw this.#cursor.error(`{{${word}}} outside {{range}}`, token);
      this.#cursor.close(word);
      return {kind: word};
    }
    const pipeline = this.#pipelines.pipeline('command', 1);
    this.#cursor.close('command');
    return {kind: 'action', pipeline};
  }

  #control(kind: 'if' | 'with' | 'range'): Statement {
    const visible = this.#pipelines.variables.length;
    const pipeline = this.#pipelines.pipeline(kind, kind === 'range' ? 2 : 1);
    this.#cursor.close(kind);
    const declared = this.#pipelines.variables.length;
    if (kind === 'range') this.#rangeDepth++;
    const {statements: body, end} = this.#block();
    if (kind === 'range') this.#rangeDepth--;
    this.#pipelines.variables.length = declared;
    const otherwise = end === 'else' ? this.#otherwise(kind) : [];
    if (end === 'end of template') throw this.#cursor.error('unexpected EOF');
    this.#pipelines.variables.length = visible;
    return {kind, pipeline, body, otherwise};
  }

  // {{else}}, or {{else if …}} and {{else with …}}, which are a statement inside that shares the {{end}}.
  #otherwise(kind: 'if' | 'with' | 'range'): Statement[] {
    if (kind !== 'range' && this.#cursor.skipWord(kind)) return [this.#control(kind)];
    this.#cursor.close('else');
    const {statements, end} = this.#block();
    if (end === 'else') throw this.#cursor.error('expected end; found {{else}}', this.#cursor.previous());
    if (end === 'end of template') throw this.#cursor.error('unexpected EOF');
    return statements;
  }
}
