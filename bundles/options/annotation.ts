// `--annotation`: what is passed on to the runtime as it stands.
import {optionError} from './option-error.ts';

/** `NAME=VALUE`, or `NAME` with an empty value. Throws EngineError 'invalid-option'. */
export function parseAnnotation(text: string): [name: string, value: string] {
  const [name = '', ...value] = text.split('=');
  if (name === '') throw optionError(`invalid annotation '${text}': empty name`);
  // Annotations of our own decide what the engine does with the bundle.
  if (name.startsWith('dev.crundle.')) {
    throw optionError(`invalid annotation '${text}': names that begin with dev.crundle. are crundle's own`);
  }
  return [name, value.join('=')];
}
