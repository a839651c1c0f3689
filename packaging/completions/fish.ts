// The completion for fish: a `complete` for each flag and argument, and the functions that say which command is typed.

import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {CompletedCommand, CompletedFlag, Source} from './command-line.ts';
import {commandTree, quotedForFish, sourceWords} from './shell-words.ts';

export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const program = readFileSync(join(import.meta.dirname, 'crundle.fish'), 'utf8');
  return `${program.replace('# @TABLES@\n', () => `${tables(commands)}\n`)}\n${completes(commands).join('\n')}\n`;
}

function tables(commands: readonly CompletedCommand[]): string {
  const stopping = commands.filter(({stopsAtFirstArgument}) => stopsAtFirstArgument);
  const valued = commands.map(({names, flags}) => {
    const forms = flags.flatMap((flag) => (flag.sources === undefined ? [] : flag.forms));
    return `        case ${names.map(quotedForFish).join(' ')}\n            string split ' ' -- ${quotedForFish(forms.join(' '))}`;
  });
  return `set -g __crundle_commands ${allNames(commands).map(quotedForFish).join(' ')}
set -g __crundle_stopping ${allNames(stopping).map(quotedForFish).join(' ')}

# The flags of the command $argv[1] that take a value.
function __crundle_valued
    switch $argv[1]
${valued.join('\n')}
    end
end
`;
}

function allNames(commands: readonly CompletedCommand[]): string[] {
  return commands.flatMap(({names}) => names);
}

function completes(commands: readonly CompletedCommand[]): string[] {
  const summaries = new Map(commands.flatMap(({names, summary}) => names.map((name) => [name, summary])));
  const lines = [
    'complete -c crundle -f',
    "complete -c crundle -n '__crundle_at 0' -l version -d 'Show the version'",
  ];
  for (const [first, below] of commandTree([...summaries.keys()])) {
    const summary = summaries.get(first) ?? `Commands: ${below.join(', ')}`;
    lines.push(`complete -c crundle -n '__crundle_at 0' -a ${first} -d ${quotedForFish(summary)}`);
    for (const second of below)
      lines.push(
        `complete -c crundle -n '__crundle_at 1 ${first}' -a ${second} -d ${quotedForFish(summaries.get(`${first} ${second}`) ?? '')}`,
      );
  }
  return [...lines, ...commands.flatMap(commandLines)];
}

function commandLines({names, flags, arguments: args, repeats}: CompletedCommand): string[] {
  const command = names.map(quotedForFish).join(' ');
  return [
    ...flags.map(
      (flag) => `complete -c crundle -n ${quotedForFish(`__crundle_flags ${command}`)} ${flagWords(flag)}`,
    ),
    ...args.map((sources, index) => {
      const range = index === args.length - 1 && repeats ? `${index}+` : `${index}`;
      return `complete -c crundle -n ${quotedForFish(`__crundle_argument ${range} ${command}`)} ${candidateWords(sources)}`;
    }),
  ];
}

function flagWords({names, char, description, sources}: CompletedFlag): string {
  const forms = [...names.map((name) => `-l ${name}`), ...(char === undefined ? [] : [`-s ${char}`])].join(
    ' ',
  );
  const value = sources === undefined ? '' : ` -r ${candidateWords(sources)}`;
  return `${forms}${value} -d ${quotedForFish(description)}`;
}

function candidateWords(sources: readonly Source[]): string {
  const files = sources.includes('files') ? '-F' : '-f';
  const words = sourceWords(sources.filter((source) => source !== 'files'));
  return words === '' ? files : `${files} -a ${quotedForFish(`(__crundle_from ${words})`)}`;
}
