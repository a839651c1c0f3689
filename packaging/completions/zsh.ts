// The completion for zsh, in the words of its own _arguments.

import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {CompletedCommand, CompletedFlag} from './command-line.ts';
import {commandTree, quoted, sourceWords} from './shell-words.ts';

export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const program = readFileSync(join(import.meta.dirname, 'crundle.zsh'), 'utf8');
  return program.replace('# @TABLES@\n', () => `${nameTable(commands)}\n${commandTable(commands)}`);
}

// `word:what it does`; a word that only begins other commands' names says which.
function nameTable(commands: readonly CompletedCommand[]): string {
  const summaries = new Map(commands.flatMap(({names, summary}) => names.map((name) => [name, summary])));
  const tree = commandTree([...summaries.keys()]);
  const row = (before: string, word: string) => {
    const summary = summaries.get(`${before}${word}`) ?? `Commands: ${tree.get(word)?.join(', ')}`;
    return `    ${quoted(`${word}:${summary}`)}`;
  };
  const topics = [...tree].filter(([, below]) => below.length > 0);
  return `# Sets names to the words that may follow $1 in a command's name; without $1, to those that begin one.
_crundle_names() {
  case \${1-} in
  ('') names=(
${[...tree.keys()].map((word) => row('', word)).join('\n')}
    ) ;;
${topics.map(([first, below]) => `  (${first}) names=(\n${below.map((word) => row(`${first} `, word)).join('\n')}\n    ) ;;`).join('\n')}
  (*) names=() ;;
  esac
}
`;
}

function commandTable(commands: readonly CompletedCommand[]): string {
  return `# Sets specs to what _arguments is told of the command $1, and fails when there is none.
_crundle_describe() {
  case $1 in
${commands.map(commandRow).join('\n')}
  (*) return 1 ;;
  esac
}
`;
}

function commandRow(command: CompletedCommand): string {
  const {names, flags, arguments: args, repeats, stopsAtFirstArgument} = command;
  const specs = [
    ...(stopsAtFirstArgument ? ['-A', "'-*'"] : []),
    ...flags.flatMap(flagSpecs).map((spec) => `'${spec.replaceAll("'", "'\\''")}'`),
    ...args.map((sources, index) => {
      const last = index === args.length - 1 && repeats;
      return `'${last ? '*' : index + 1}:argument: _crundle_from ${sourceWords(sources)}'`;
    }),
  ];
  return `  (${names.map((name) => `'${name}'`).join('|')}) specs=(\n${specs.map((spec) => `    ${spec}`).join('\n')}\n    ) ;;`;
}

// A spec for each form; giving one takes the others away, unless the flag may be repeated.
function flagSpecs({forms, description, sources, repeatable}: CompletedFlag): string[] {
  const before = repeatable ? '*' : `(${forms.join(' ')})`;
  const text = `[${description.replace(/[[\]:\\]/g, '\\$&')}]`;
  return forms.map((form) => {
    if (sources === undefined) return `${before}${form}${text}`;
    const sign = form.startsWith('--') ? '=' : '+';
    return `${before}${form}${sign}${text}:value: _crundle_from ${sourceWords(sources)}`;
  });
}
