import {DockerCommand} from '../src/cli/docker-command.ts';
import {anyArguments} from '../src/cli/flag-kinds.ts';
import {UsageError} from '../src/cli/usage-error.ts';

/** Docker's contexts say which daemon to talk to. */
export default class Context extends DockerCommand {
  static override id = 'context';
  static override hidden = true;
  static override group = 'system' as const;
  static override summary = 'Not there: crundle has no daemon, so that there is none to choose';
  static override args = {words: anyArguments('Whatever it is')};
  static override stopsAtFirstArgument = true;

  override async run(): Promise<never> {
    await this.parse(Context);
    throw new UsageError(
      'contexts are not supported: crundle has no daemon, so that there is none to choose',
      {
        code: 'not-supported',
        exit: 1,
        hint: "on another machine: 'ssh MACHINE crundle …'; another store: CRUNDLE_DATA_ROOT and CRUNDLE_RUN_ROOT",
      },
    );
  }
}
