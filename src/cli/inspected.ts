// What every `inspect` prints of the objects it found: all as one JSON list, or a template's text for each.

import {isEngineError} from '../errors.ts';
import {goJson} from './output/format-rows.ts';
import {formatValue} from './output/format-value.ts';
import {UsageError} from './usage-error.ts';

/**
 * Docker's `--format`; nothing found is an empty list, or an empty line of a template. Throws UsageError (exit 64, as Docker) for a
 * template that is none.
 */
export async function inspectedText(found: readonly unknown[], format: string | undefined): Promise<string> {
  if (format === undefined) return `${JSON.stringify(found, null, 4)}\n`;
  if (format === 'json') return `${goJson(found)}\n`;
  await checkTemplate(format);
  if (found.length === 0) return '\n';
  const texts: string[] = [];
  for (const value of found) texts.push(`${await formatValue(value, format)}\n`);
  return texts.join('');
}

async function checkTemplate(format: string): Promise<void> {
  const {parseTemplate} = await import('./go-template/render.ts');
  try {
    parseTemplate(format);
  } catch (error) {
    if (!isEngineError(error, 'invalid-option')) throw error;
    throw new UsageError(error.message, {exit: 64, cause: error});
  }
}
