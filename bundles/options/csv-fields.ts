// One line of comma-separated values, as Docker reads its long forms: quotes around a field keep its commas.
import {optionError} from './option-error.ts';

/** RFC 4180: a quote inside quotes is doubled. Throws EngineError 'invalid-option' for quotes that do not match. */
export function splitCsv(text: string): string[] {
  const fields: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  while (pattern.lastIndex <= text.length) {
    const [, quoted, plain = '', end] = pattern.exec(text) ?? [];
    if (end === undefined) throw optionError(`invalid field in ${text}: a quote that does not match`);
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '') break;
  }
  return fields;
}
