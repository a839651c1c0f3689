// /etc/crundle/config.json as the package installs it: every key with its meaning and its default, switched off.

import {wrap} from '../../src/cli/help/two-columns.ts';
import {type ConfigKey, configKeys} from '../../src/config/keys.ts';

/** The file's text. Any of its keys may be switched on alone: a comma after the last one is allowed. */
export function defaultConfig(): string {
  const keys = Object.values(configKeys);
  return `// How crundle works on this machine. Every key is here with its default, switched off: take away the "//" before a
// key to set it. The next command reads the file; nothing has to be restarted. More: man crundle-config
{
${keys.map(keyText).join('\n\n')}
}
`;
}

function keyText({name, type, meaning, example, shownDefault, fallback}: ConfigKey<unknown>): string {
  const sentences = `${meaning} ${capitalized(type)}.${example === undefined ? '' : ' Not set by default; for example:'}`;
  const comment = wrap(sentences.replaceAll('`', ''), 100).map((line) => `  // ${line}`);
  return [...comment, `  // "${name}": ${example ?? shownDefault ?? JSON.stringify(fallback)},`].join('\n');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
