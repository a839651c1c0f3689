// What every `inspect` prints of the objects it found: all as one JSON list, or a template's text for each.

import {goJson} from './output/format-rows.ts';
import {formatValue} from './output/format-value.ts';

/** Docker's `--format`; nothing found is an empty list, or an empty line of a template. */
export async function inspectedText(found: readonly unknown[], format: string | undefined): Promise<string> {
  if (format === undefined) return `${JSON.stringify(found, null, 4)}\n`;
  if (format === 'json') return `${goJson(found)}\n`;
  if (found.length === 0) return '\n';
  const texts: string[] = [];
  for (const value of found) texts.push(`${await formatValue(value, format)}\n`);
  return texts.join('');
}
