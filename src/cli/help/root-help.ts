// The page that `crundle` alone shows: every command in groups, as `docker` does.

import type {HelpGroup} from '../docker-command.ts';
import type {CommandClass, CommandTable} from '../main.ts';
import {twoColumns} from './two-columns.ts';

const groupTitles: Record<HelpGroup, string> = {
  common: 'Common Commands',
  containers: 'Container Commands',
  images: 'Image Commands',
  networks: 'Network Commands',
  volumes: 'Volume Commands',
  system: 'System Commands',
};

const globalOptions: [string, string][] = [
  ['-D, --debug', 'Show each mount, ip, nft, crun and conmon call on standard error, with its time'],
  ['-v, --version', 'Print version information and quit'],
];

/** The order of the common commands; the rest go by name. */
const commonOrder = ['run', 'exec', 'ps', 'pull', 'push', 'images', 'version', 'info'];

export function rootHelp(table: CommandTable): string {
  const commands = visibleCommands(table);
  const sections = Object.entries(groupTitles).flatMap(([group, title]) => {
    const members = commands.filter((command) => command.group === group);
    const rows = members.map((command): [string, string] => [
      command.id.replaceAll(':', ' '),
      command.summary ?? '',
    ]);
    return rows.length === 0 ? [] : [`${title}:\n${twoColumns(rows).map(indent).join('\n')}`];
  });
  return `${[
    'Usage:  crundle COMMAND',
    'A daemonless container engine for arm64',
    ...sections,
    `Global Options:\n${twoColumns(globalOptions).map(indent).join('\n')}`,
    "Run 'crundle COMMAND --help' for more information on a command; docs/commands.md has one example of each.",
  ].join('\n\n')}\n`;
}

/** The page of `crundle container` and its like: the commands below a word; undefined for a word that has none. */
export function topicHelp(table: CommandTable, topic: string): string | undefined {
  const rows = Object.entries(table).flatMap(([id, load]): [string, string][] => {
    if (!id.startsWith(`${topic}:`) || load().hidden) return [];
    return [[id.slice(topic.length + 1), load().summary ?? '']];
  });
  if (rows.length === 0) return undefined;
  const lines = twoColumns(rows.sort(([a], [b]) => a.localeCompare(b))).map(indent);
  return `Usage:  crundle ${topic} COMMAND\n\nCommands:\n${lines.join('\n')}\n`;
}

/** Ids and aliases of all commands a person may type, for suggestions. */
export function visibleIds(table: CommandTable): string[] {
  return Object.entries(table).flatMap(([id, load]) => (load().hidden ? [] : [id]));
}

function visibleCommands(table: CommandTable): CommandClass[] {
  const byId = new Map<string, CommandClass>();
  for (const load of Object.values(table)) {
    const command = load();
    if (!command.hidden) byId.set(command.id, command);
  }
  const rank = (command: CommandClass) => (commonOrder.indexOf(command.id) + 100) % 100;
  return [...byId.values()].sort((a, b) => rank(a) - rank(b) || a.id.localeCompare(b.id));
}

function indent(line: string): string {
  return `  ${line}`;
}
