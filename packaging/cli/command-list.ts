// Every command as a person may type it, from the commands themselves: man pages and completions are made of it.

import {globSync} from 'node:fs';
import {join} from 'node:path';
import type {CommandClass} from '../../src/cli/main.ts';

/** A command that is not hidden. */
export interface CommandEntry {
  /** Words after `crundle`, such as `network create`. */
  name: string;
  /** Its other names, in the same form. */
  aliases: string[];
  command: CommandClass;
}

export interface FlagEntry {
  /** Without dashes. */
  names: string[];
  char: string | undefined;
  /** The word for its value; undefined for a switch. */
  value: string | undefined;
  description: string;
  repeatable: boolean;
}

/** In the order of their names. */
export async function commandList(root: string): Promise<CommandEntry[]> {
  const paths = globSync('commands/**/*.ts', {cwd: root});
  const entries: CommandEntry[] = [];
  for (const path of paths) {
    const {default: command} = (await import(join(root, path))) as {default: CommandClass};
    if (command.hidden) continue;
    entries.push({name: typed(command.id), aliases: command.aliases.map(typed), command});
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A command's flags that are not hidden, in the order of their names, with `--help`. */
export function flagsOf({command}: CommandEntry): FlagEntry[] {
  const flags = Object.entries(command.flags ?? {}).flatMap(([name, flag]): FlagEntry[] => {
    if (flag.hidden) return [];
    const value = flag.type === 'option' ? String(flag.helpValue ?? 'value') : undefined;
    return [
      {
        names: [name, ...(flag.aliases ?? [])],
        char: flag.char,
        value,
        description: flag.description ?? '',
        repeatable: flag.type === 'option' && flag.multiple === true,
      },
    ];
  });
  const help = {
    names: ['help'],
    char: undefined,
    value: undefined,
    description: 'Show help',
    repeatable: false,
  };
  return [...flags, help].sort((a, b) => ((a.names[0] ?? '') < (b.names[0] ?? '') ? -1 : 1));
}

function typed(id: string): string {
  return id.replaceAll(':', ' ');
}
