// Writes docs/configuration.md from the table of keys: `node docs/configuration.ts`. A test fails while the page is stale.
import {writeFileSync} from 'node:fs';
import {defaultConfigPath} from '../src/config/config.ts';
import {unsupportedDockerKeys} from '../src/config/docker-keys.ts';
import {type ConfigKey, configKeys} from '../src/config/keys.ts';

/** The whole page. */
export function configurationPage(): string {
  const keys = Object.values(configKeys);
  return `# Configuration

<!-- Made by docs/configuration.ts from src/config/keys.ts: change the table, not this page. -->

crundle reads \`${defaultConfigPath}\`, or the file that \`CRUNDLE_CONFIG\` names. It is JSON with the key names of
Docker's \`daemon.json\`, and may hold comments (\`//\` and \`/* */\`) and a comma after the last key; the installed one shows
every key, switched off. A file that does not exist counts as empty. A wrong key, type or value is an error that
names the file, the line and the key; nothing is accepted and ignored.

| key | type | default | meaning |
|---|---|---|---|
${keys.map(row).join('\n')}

Environment variables go over the file: ${keys
    .filter((key) => key.variable !== undefined)
    .map((key) => `\`${key.variable}\` over \`${key.name}\``)
    .join(', ')}.

## Keys of Docker's that are refused

| key | why |
|---|---|
${[...unsupportedDockerKeys]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, reason]) => `| \`${name}\` | ${reason} |`)
  .join('\n')}
`;
}

function row(key: ConfigKey<unknown>): string {
  const shown = key.shownDefault ?? (key.fallback === undefined ? undefined : JSON.stringify(key.fallback));
  return `| \`${key.name}\` | ${key.type} | ${shown === undefined ? 'unset' : `\`${shown}\``} | ${key.meaning} |`;
}

if (import.meta.main) writeFileSync(new URL('configuration.md', import.meta.url), configurationPage());
