// The text of a template, and how a complaint about a place in it is worded: as the docker client words it.
import {EngineError} from '../../errors.ts';

/** A part of the text, from `start` up to `end`; a complaint points at `at`. */
export interface Span {
  start: number;
  end: number;
  at: number;
}

export class TemplateSource {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The text is no template. */
  syntaxError(offset: number, message: string): EngineError {
    return this.#error(`${this.#position(offset)}: ${message}`);
  }

  /** The template does not fit the value it is rendered with. */
  executionError(span: Span, message: string): EngineError {
    const context = this.text.slice(span.start, span.end).trim();
    return this.#error(`${this.#position(span.at)}: executing "" at <${context}>: ${message}`);
  }

  #error(message: string): EngineError {
    return new EngineError('invalid-option', `template parsing error: template: :${message}`);
  }

  // Lines count from 1 and columns from 0, as in Go.
  #position(offset: number): string {
    const lines = this.text.slice(0, offset).split('\n');
    return `${lines.length}:${lines.at(-1)?.length ?? 0}`;
  }
}
