// `--format` of one value: JSON, or a Go template.

import {goJson} from './format-rows.ts';

/** Without a line feed at the end. */
export async function formatValue(value: unknown, format: string): Promise<string> {
  return (await valueFormat(format))(value);
}

/** The same for a value that is still to come: what is no template is refused now. Throws EngineError 'invalid-option'. */
export async function valueFormat(format: string): Promise<(value: unknown) => string> {
  if (format === 'json') return goJson;
  const {parseTemplate} = await import('../go-template/render.ts');
  const template = parseTemplate(format);
  return (value) => template.render(value);
}
