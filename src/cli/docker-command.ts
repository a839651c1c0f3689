// What every command of crundle is: an oclif command whose line is read by Docker's grammar, with an engine that is
// opened when first asked for and closed at the end.

import {Command} from '@oclif/core/command';
import type {Engine} from '../engine.ts';
import type {ExitCode} from '../errors.ts';
import {rewriteDockerArgv} from './docker-argv.ts';
import {writeOut} from './output/standard-streams.ts';
import {UsageError} from './usage-error.ts';

export type HelpGroup = 'common' | 'containers' | 'images' | 'networks' | 'volumes' | 'system';

/** Ends a command that was asked for its help. */
class HelpWanted extends Error {}

export abstract class DockerCommand extends Command {
  /** Where `crundle help` lists the command. */
  static group: HelpGroup = 'containers';
  /** Docker's flags that cannot be honoured yet: name to what to do, or when it comes. */
  static unsupported: Record<string, string> = {};
  static unsupportedChars: Record<string, string> = {};
  /** Everything from the first argument on belongs to it. */
  static stopsAtFirstArgument = false;
  /** The same from the second on: flags may stand on both sides of the first. */
  static stopsAtSecondArgument = false;
  /** What an engine's failure exits with, where the error does not say more. */
  static failureExit: ExitCode = 1;

  #engine: Engine | undefined;

  /** Runs the command to its exit code, or to 'help' when that is what its line asks for. */
  async execute(): Promise<number | 'help'> {
    try {
      const exitCode: unknown = await this._run();
      return typeof exitCode === 'number' ? exitCode : 0;
    } catch (error) {
      if (error instanceof HelpWanted) return 'help';
      throw error;
    }
  }

  /** The exit code; undefined means 0. */
  abstract override run(): Promise<number | undefined>;

  /** The engine of this run of the command; loaded and opened on the first call. */
  protected async engine(): Promise<Engine> {
    if (this.#engine === undefined) {
      const {Engine} = await import('../engine.ts');
      // The journal keeps the command line of who writes to it, and `run -e` may have a password in it.
      process.title = commandName(this.ctor.id);
      this.#engine = await Engine.open();
    }
    return this.#engine;
  }

  /** Writes to standard output, as it is. */
  protected print(text: string): void {
    writeOut(text);
  }

  protected printLine(text: string): void {
    this.print(`${text}\n`);
  }

  /** Reads the line by Docker's grammar, then through oclif's own parser. */
  protected override parse: Command['parse'] = async (options, argv = this.argv) => {
    const command = this.ctor as typeof DockerCommand;
    const name = commandName(command.id);
    const rewritten = rewriteDockerArgv(argv, {
      command: name,
      flags: command.flags ?? {},
      unsupported: command.unsupported,
      unsupportedChars: command.unsupportedChars,
      stopsAtFirstArgument: command.stopsAtFirstArgument,
      stopsAtSecondArgument: command.stopsAtSecondArgument,
    });
    if (rewritten.wantsHelp) throw new HelpWanted();
    checkCount(name, command.args, rewritten.arguments.length);
    return super.parse(options, rewritten.argv);
  };

  // oclif's init prepares deprecation warnings that no command here has.
  override async init(): Promise<void> {
    await Promise.resolve();
  }

  // oclif's catch prints; main does that here, in one place.
  override async catch(error: Error): Promise<never> {
    throw error;
  }

  // The engine is left open: the process ends at once, and the last one to close SQLite's file would pay for four
  // fsyncs, which is what a killed command does not do either.
  override async finally(): Promise<void> {
    await Promise.resolve();
  }
}

/** `crundle run`, from oclif's id. */
export function commandName(id: string): string {
  return `crundle ${id.replaceAll(':', ' ')}`;
}

// Docker's words, and its exit code 1.
function checkCount(name: string, args: Command.Class['args'], count: number): void {
  const all = Object.values(args);
  const least = all.filter((arg) => arg.required).length;
  const most = all.some((arg) => arg.multiple) ? Number.POSITIVE_INFINITY : all.length;
  if (count >= least && count <= most) return;
  throw new UsageError(`'${name}' ${wantedCount(least, most)}`, {exit: 1, hint: `see '${name} --help'`});
}

function wantedCount(least: number, most: number): string {
  if (most === 0) return 'accepts no arguments';
  const plural = (count: number) => `${count} argument${count === 1 ? '' : 's'}`;
  if (least === most) return `requires ${plural(least)}`;
  if (most === Number.POSITIVE_INFINITY) return `requires at least ${plural(least)}`;
  return least === 0
    ? `requires at most ${plural(most)}`
    : `requires at least ${least} and at most ${plural(most)}`;
}
