// The man page of one command, from what its help says.

import {usageLine} from '../../src/cli/help/command-help.ts';
import {docsPage} from '../../src/cli/help/docs-page.ts';
import {type CommandEntry, type FlagEntry, flagsOf} from '../cli/command-list.ts';
import {literalLine, pageHead, taggedList, textLines, words} from './mdoc.ts';

/** `crundle-network-create`. */
export function pageName(entry: CommandEntry): string {
  return `crundle-${entry.name.replaceAll(' ', '-')}`;
}

export function commandPage(entry: CommandEntry, seconds: number): string {
  const {command} = entry;
  const sections = [
    pageHead(pageName(entry), 1, command.summary ?? '', seconds),
    ['.Sh SYNOPSIS', `.Nm ${words(`crundle ${entry.name}`)}`, ...synopsis(entry)].join('\n'),
    `.Sh DESCRIPTION\n${textLines([`${command.summary}.`, command.description ?? ''].join(' ').trim())}`,
    aliases(entry),
    `.Pp\nThe options are as follows:\n${taggedList(flagsOf(entry).map(flagItem))}`,
    examples(entry),
    `.Sh SEE ALSO\n.Xr crundle 1 ,\n.Xr crundle-config 5 ,\n.Pa /usr/share/doc/crundle/${docsPage(command.id)}`,
  ];
  return `${sections.filter((section) => section !== '').join('\n')}\n`;
}

// The words after the command's name, as its help has them.
function synopsis({command, name}: CommandEntry): string[] {
  return usageLine(command)
    .slice(`crundle ${name}`.length)
    .trim()
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => (word.startsWith('[') ? `.Op Ar ${words(word.slice(1, -1))}` : `.Ar ${words(word)}`));
}

function aliases({aliases}: CommandEntry): string {
  if (aliases.length === 0) return '';
  const names = aliases.map((name) => `.Nm ${words(`crundle ${name}`)}`).join(' ,\n');
  return `.Pp\nOther names of the command:\n${names} .`;
}

function flagItem({names, char, value, description, repeatable}: FlagEntry): [string, string] {
  const flags = [...(char === undefined ? [] : [char]), ...names.map((name) => `-${name}`)];
  const tag = flags.map((flag) => `Fl ${words(flag)}`).join(' , ');
  const text = `${description}.${repeatable ? ' May be given more than once.' : ''}`;
  return [value === undefined ? tag : `${tag} Ar ${words(value)}`, textLines(text)];
}

function examples({command, name}: CommandEntry): string {
  const shown = (command.examples ?? []).map((example) => {
    const {description, command: line} =
      typeof example === 'string' ? {description: '', command: example} : example;
    const display = `.Bd -literal -offset indent\n${literalLine(line.replaceAll('<command>', `crundle ${name}`))}\n.Ed`;
    return `${description === undefined || description === '' ? '' : `${textLines(`${description}:`)}\n`}${display}`;
  });
  return shown.length === 0 ? '' : `.Sh EXAMPLES\n${shown.join('\n.Pp\n')}`;
}
