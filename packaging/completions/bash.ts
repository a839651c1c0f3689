// The completion for bash: a table made from the commands, and the program that reads it.

import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {CompletedCommand} from './command-line.ts';
import {commandTree, quoted, sourceWords} from './shell-words.ts';

export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const program = readFileSync(join(import.meta.dirname, 'crundle.bash'), 'utf8');
  return program.replace('# @TABLES@\n', () => `${topicTable(commands)}\n${commandTable(commands)}`);
}

function topicTable(commands: readonly CompletedCommand[]): string {
  const tree = commandTree(commands.flatMap(({names}) => names));
  const rows = [...tree].filter(([, below]) => below.length > 0);
  return `# Sets words to those that may follow $1 in a command's name; without $1, to those that begin one.
_crundle_names() {
  case \${1-} in
  '') words=(${[...tree.keys()].join(' ')}) ;;
${rows.map(([first, below]) => `  ${first}) words=(${below.join(' ')}) ;;`).join('\n')}
  *) words=() ;;
  esac
}
`;
}

function commandTable(commands: readonly CompletedCommand[]): string {
  return `# Describes the command $1, and fails when there is none.
_crundle_describe() {
  case $1 in
${commands.map(commandRow).join('\n')}
  *) return 1 ;;
  esac
}
`;
}

function commandRow({
  names,
  flags,
  arguments: args,
  repeats,
  stopsAtFirstArgument,
}: CompletedCommand): string {
  const values = flags.flatMap(({forms, sources}) =>
    sources === undefined ? [] : forms.map((form) => `[${form}]=${quoted(sourceWords(sources)) || "''"}`),
  );
  return `  ${names.map(quoted).join(' | ')})
    flags=(${flags.flatMap(({forms}) => forms).join(' ')})
    values=(${values.join(' ')})
    arguments=(${args.map((sources) => `'${sourceWords(sources)}'`).join(' ')})
    repeats=${repeats ? 1 : "''"} stops=${stopsAtFirstArgument ? 1 : "''"}
    ;;`;
}
