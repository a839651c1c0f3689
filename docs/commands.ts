// Writes docs/commands.md from the commands themselves: `node docs/commands.ts`. A test fails while the page is stale.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {commandList} from '../packaging/cli/command-list.ts';
import {usageLine} from '../src/cli/help/command-help.ts';
import {docsPage} from '../src/cli/help/docs-page.ts';

/** The whole page. */
export async function commandsPage(): Promise<string> {
  const entries = await commandList(join(import.meta.dirname, '..'));
  const sections = entries.map(({name, command}) => {
    const page = docsPage(command.id);
    const more = page === 'commands.md' ? '' : ` More: [${page}](${page}).`;
    const examples = (command.examples ?? []).flatMap((example) =>
      typeof example === 'string' ? [example] : [`# ${example.description}`, example.command],
    );
    return `## ${name}

${command.summary}.${more}

    ${[usageLine(command), '', ...examples].join('\n    ').replace(/ +$/gm, '')}
`;
  });
  return `# Commands

<!-- Made by docs/commands.ts from the commands: change those, not this page. -->

Each has Docker's name, flags and exit codes where Docker has it. \`crundle help COMMAND\` and \`man crundle-COMMAND\` show the flags;
\`container …\` and \`image …\` are longer names of most.

${sections.join('\n')}`;
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'commands.md'), await commandsPage());
