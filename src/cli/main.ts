// From a command line to a command's end. Loads the one command that is asked for, and oclif's whole machinery only
// for what a plugin may answer.

import type {ExitCode} from '../errors.ts';
import {showCalls, takeDebugFlag} from './debug-flag.ts';
import type {DockerCommand} from './docker-command.ts';
import {lightConfig} from './light-config.ts';
import {writeError, writeOut} from './output/standard-streams.ts';
import {exitCodeOf, reportError} from './report-error.ts';

type Statics = Pick<
  typeof DockerCommand,
  | 'id'
  | 'aliases'
  | 'summary'
  | 'description'
  | 'flags'
  | 'args'
  | 'examples'
  | 'hidden'
  | 'group'
  | 'failureExit'
>;

/** What is needed of a command's class to run it and to show its help. */
export interface CommandClass extends Statics {
  new (argv: string[], config: typeof lightConfig): DockerCommand;
}

/** Every command by its oclif id (`container:cleanup`), and what loads it; aliases are ids too. */
export type CommandTable = Record<string, () => CommandClass>;

/** Runs one command line and ends the process. */
export async function main(argv: string[], table: CommandTable): Promise<void> {
  // As a daemon's: what containers of any user read (their '/', /etc/hosts, made bind sources) is made here.
  process.umask(0o022);
  const exitCode = await run(argv, table);
  process.exitCode ??= exitCode; // an interrupt has set its own
  // Timers and sockets of a command that is done hold nobody up; pipes and files are written synchronously.
  process.exit();
}

/** Runs lines one after the other in this process, so that the build can keep what V8 compiled for them. */
export async function runLines(lines: string[], table: CommandTable): Promise<void> {
  for (const line of lines) await run(line.split(' '), table);
}

/** The exit code of one command line. */
async function run(line: string[], table: CommandTable): Promise<number> {
  let plainFailure: ExitCode = 1;
  try {
    const {argv, debug} = takeDebugFlag(line);
    if (debug) await showCalls(writeError);
    const {id, rest} = splitCommand(argv, table);
    const load = id === undefined ? undefined : table[id];
    if (load === undefined) {
      const {withoutCommand} = await import('./without-command.ts');
      return await withoutCommand(argv, table);
    }
    const commandClass = load();
    plainFailure = commandClass.failureExit;
    return await runCommand(commandClass, rest);
  } catch (error) {
    reportError(error);
    return exitCodeOf(error, plainFailure);
  }
}

async function runCommand(commandClass: CommandClass, argv: string[]): Promise<number> {
  const command = new commandClass(argv, lightConfig);
  const result = await command.execute();
  if (result !== 'help') return result;
  const {commandHelp} = await import('./help/command-help.ts');
  writeOut(commandHelp(commandClass));
  return 0;
}

// Ids of topics are typed with a space: `crundle container cleanup`.
function splitCommand(argv: string[], table: CommandTable): {id: string | undefined; rest: string[]} {
  const [first, second] = argv;
  const pair = `${first}:${second}`;
  // Before the single word: `port explain` is a command, and so is `port`.
  if (second !== undefined && Object.hasOwn(table, pair)) return {id: pair, rest: argv.slice(2)};
  if (first !== undefined && Object.hasOwn(table, first)) return {id: first, rest: argv.slice(1)};
  return {id: undefined, rest: argv};
}
