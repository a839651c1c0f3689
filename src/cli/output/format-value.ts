// `--format` of one value: JSON, or a Go template.

import {goJson} from './format-rows.ts';

/** Without a line feed at the end. */
export async function formatValue(value: unknown, format: string): Promise<string> {
  if (format === 'json') return goJson(value);
  const {renderTemplate} = await import('../go-template/render.ts');
  return renderTemplate(format, value);
}
