// Lines that name none of crundle's own commands: help, the version, a plugin's command, or a mistake.

import {commandHelp} from './help/command-help.ts';
import {rootHelp, topicHelp, visibleIds} from './help/root-help.ts';
import type {CommandTable} from './main.ts';
import {meantCommand} from './meant-command.ts';
import {writeOut} from './output/standard-streams.ts';
import {UsageError} from './usage-error.ts';

export async function withoutCommand(argv: string[], table: CommandTable): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined || first === '--help' || first === '-h') return show(rootHelp(table));
  if (first === '--version' || first === '-v') return await showVersion();
  if (first === 'help') return rest.length === 0 ? show(rootHelp(table)) : showHelpOf(rest, table);
  if (first.startsWith('-')) throw unknownFlag(first, 'crundle');
  const topic = topicHelp(table, first);
  if (topic !== undefined && (rest[0] === undefined || rest[0] === '--help' || rest[0] === '-h'))
    return show(topic);
  if (topic !== undefined && rest[0]?.startsWith('-')) throw unknownFlag(rest[0], `crundle ${first}`);
  const {runPluginCommand} = await import('./plugin-command.ts');
  const exitCode = await runPluginCommand(argv);
  if (exitCode !== undefined) return exitCode;
  throw unknownCommand(argv, table);
}

function show(text: string): number {
  writeOut(text);
  return 0;
}

async function showVersion(): Promise<number> {
  const {version} = await import('../version.ts');
  return show(`crundle version ${version}\n`);
}

function showHelpOf(words: string[], table: CommandTable): number {
  const [first = '', second] = words;
  const pair = second === undefined ? undefined : table[`${first}:${second}`];
  const topic = second === undefined && table[first] === undefined ? topicHelp(table, first) : undefined;
  if (topic !== undefined) return show(topic);
  const load = pair ?? (topicHelp(table, first) && second ? undefined : table[first]);
  if (load === undefined) throw unknownCommand(words, table);
  return show(commandHelp(load()));
}

function unknownFlag(word: string, command: string): UsageError {
  const what = word.startsWith('--')
    ? `unknown flag: ${word}`
    : `unknown shorthand flag: '${word.charAt(1)}' in ${word}`;
  return new UsageError(what, {exit: 125, hint: `see '${command} --help'`});
}

function unknownCommand(words: readonly string[], table: CommandTable): UsageError {
  const {typed, hint} = meantCommand(words, visibleIds(table));
  return new UsageError(`unknown command: crundle ${typed}`, {exit: 1, hint});
}
