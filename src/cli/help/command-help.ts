// The help page of one command, in the shape of Docker's.

import {commandName} from '../docker-command.ts';
import type {CommandClass} from '../main.ts';
import {twoColumns, wrap} from './two-columns.ts';

/** Usage, summary, aliases, description, flags and examples of one command. */
export function commandHelp(command: CommandClass): string {
  const name = commandName(command.id);
  const sections = [
    `Usage:  ${usageLine(command)}`,
    command.summary ?? '',
    wrap(command.description ?? '', 80).join('\n'),
    section('Aliases', aliasLine(command)),
    section('Options', flagLines(command)),
    section('Examples', exampleLines(command)),
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

function flagLines(command: CommandClass): string[] {
  const flags = Object.entries(command.flags ?? {}).filter(([, flag]) => !flag.hidden);
  const rows = flags
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, flag]): [string, string] => {
      const value = flag.type === 'option' && typeof flag.helpValue === 'string' ? ` ${flag.helpValue}` : '';
      const short = flag.char === undefined ? '    ' : `-${flag.char}, `;
      return [`${short}--${name}${value}`, flag.description ?? ''];
    });
  return twoColumns(rows);
}

function exampleLines(command: CommandClass): string[] {
  return (command.examples ?? []).flatMap((example, index) => {
    const gap = index === 0 ? [] : [''];
    if (typeof example === 'string') return [...gap, example];
    return [...gap, `# ${example.description}`, example.command];
  });
}
