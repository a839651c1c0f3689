// The help page of one command, in the shape of Docker's.

import {commandName} from '../docker-command.ts';
import type {CommandClass} from '../main.ts';
import {docsPage} from './docs-page.ts';
import {flagSections} from './flag-groups.ts';
import {twoColumns, wrap} from './two-columns.ts';

/** Usage, summary, aliases, description, flags and examples of one command. */
export function commandHelp(command: CommandClass): string {
  const name = commandName(command.id);
  const sections = [
    `Usage:  ${usageLine(command)}`,
    command.summary ?? '',
    wrap(command.description ?? '', 80).join('\n'),
    section('Aliases', aliasLine(command)),
    ...flagSectionsOf(command),
    section('Examples', exampleLines(command)),
    section('More', moreLines(command)),
  ];
  return `${sections.filter((one) => one !== '').join('\n\n')}\n`.replaceAll('<command>', name);
}

/** `crundle run [OPTIONS] IMAGE [COMMAND...]`. */
export function usageLine(command: CommandClass): string {
  const hasFlags = Object.keys(command.flags ?? {}).length > 0;
  const args = Object.entries(command.args).map(([key, arg]) => argumentUsage(key.toUpperCase(), arg));
  return [commandName(command.id), ...(hasFlags ? ['[OPTIONS]'] : []), ...args].join(' ');
}

function argumentUsage(name: string, arg: {required?: boolean; multiple?: boolean}): string {
  if (arg.multiple && name === 'COMMAND') return arg.required ? 'COMMAND [ARG...]' : '[COMMAND] [ARG...]';
  if (arg.multiple) return arg.required ? `${name} [${name}...]` : `[${name}...]`;
  return arg.required ? name : `[${name}]`;
}

function section(title: string, lines: string[]): string {
  return lines.length === 0
    ? ''
    : `${title}:\n${lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')}`;
}

function aliasLine(command: CommandClass): string[] {
  if (command.aliases.length === 0) return [];
  return [[command.id, ...command.aliases].map(commandName).join(', ')];
}

// All sections share one width, so that the eye goes down one column.
function flagSectionsOf(command: CommandClass): string[] {
  const flags = new Map(Object.entries(command.flags ?? {}).filter(([, flag]) => !flag.hidden));
  const rowOf = (name: string): [string, string] => {
    const flag = flags.get(name);
    const value = flag?.type === 'option' && typeof flag.helpValue === 'string' ? ` ${flag.helpValue}` : '';
    const short = flag?.char === undefined ? '    ' : `-${flag.char}, `;
    return [`${short}--${name}${value}`, flag?.description ?? ''];
  };
  const left = Math.max(0, ...[...flags.keys()].map((name) => rowOf(name)[0].length)) + 3;
  return flagSections([...flags.keys()]).map(({title, names}) =>
    section(title, twoColumns(names.map(rowOf), {left})),
  );
}

function moreLines({id}: CommandClass): string[] {
  const page = docsPage(id);
  return [
    `man crundle-${id.replaceAll(':', '-')}`,
    `docs/${page}, installed as /usr/share/doc/crundle/${page}`,
  ];
}

function exampleLines(command: CommandClass): string[] {
  return (command.examples ?? []).flatMap((example, index) => {
    const gap = index === 0 ? [] : [''];
    if (typeof example === 'string') return [...gap, example];
    return [...gap, `# ${example.description}`, example.command];
  });
}
