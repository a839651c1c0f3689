// Lines that name none of crundle's own commands: help, the version, a plugin's command, or a mistake.

import {closestName} from '../config/closest-name.ts';
import {commandHelp} from './help/command-help.ts';
import {rootHelp, topicHelp, visibleNames} from './help/root-help.ts';
import type {CommandTable} from './main.ts';
import {writeOut} from './output/standard-streams.ts';
import {UsageError} from './usage-error.ts';

export async function withoutCommand(argv: string[], table: CommandTable): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined || first === '--help' || first === '-h') return show(rootHelp(table));
  if (first === '--version' || first === '-v') return await showVersion();
  if (first === 'help') return rest.length === 0 ? show(rootHelp(table)) : showHelpOf(rest, table);
  if (first.startsWith('-'))
    throw new UsageError(`unknown flag: ${first}`, {exit: 125, hint: "see 'crundle --help'"});
  const topic = topicHelp(table, first);
  if (topic !== undefined && (rest[0] === undefined || rest[0] === '--help')) return show(topic);
  const {runPluginCommand} = await import('./plugin-command.ts');
  const exitCode = await runPluginCommand(argv);
  if (exitCode !== undefined) return exitCode;
  throw unknownCommand(first, rest[0], table);
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
  const load = table[words.slice(0, 2).join(':')] ?? table[words[0] ?? ''];
  if (load === undefined) throw unknownCommand(words[0] ?? '', words[1], table);
  return show(commandHelp(load()));
}

function unknownCommand(first: string, second: string | undefined, table: CommandTable): UsageError {
  const isTopic = Object.keys(table).some((id) => id.startsWith(`${first}:`));
  const typed = isTopic && second !== undefined ? `${first} ${second}` : first;
  const near = closestName(typed, visibleNames(table));
  const hint = near === undefined ? "see 'crundle --help'" : `did you mean 'crundle ${near}'?`;
  return new UsageError(`unknown command: crundle ${typed}`, {exit: 1, hint});
}
