// `-l`: labels of a container.
import {optionError} from './option-error.ts';

/** `name=value`, or `name` with an empty value; later ones win. Throws EngineError 'invalid-option'. */
export function parseLabels(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map(parseLabel));
}

/** One label as name and value. Throws EngineError 'invalid-option'. */
export function parseLabel(text: string): [name: string, value: string] {
  const equals = text.indexOf('=');
  const name = (equals === -1 ? text : text.slice(0, equals)).replace(/^[ \t]+/, '');
  if (name === '') throw optionError(`invalid label '${text}': empty name`);
  if (/[ \t]/.test(name)) throw optionError(`label '${name}' contains whitespaces`);
  return [name, equals === -1 ? '' : text.slice(equals + 1)];
}
