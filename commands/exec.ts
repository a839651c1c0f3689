import {DockerCommand} from '../src/cli/docker-command.ts';
import {envFileFlag, envFlag, readEnv} from '../src/cli/environment-flags.ts';
import {argument, someArguments, text, toggle} from '../src/cli/flag-kinds.ts';
import {writeError} from '../src/cli/output/standard-streams.ts';
import {checkTerminal} from '../src/cli/terminal/check-terminal.ts';
import {detachKeysFlag, detachKeysOf} from '../src/cli/terminal/detach-keys.ts';
import {runSession} from '../src/cli/terminal/run-session.ts';
import {UsageError} from '../src/cli/usage-error.ts';
import type {Engine, ExecOptions} from '../src/engine.ts';
import {isEngineError} from '../src/errors.ts';

export default class Exec extends DockerCommand {
  static override id = 'exec';
  static override aliases = ['container:exec'];
  static override group = 'common' as const;
  static override summary = 'Execute a command in a running container';
  static override description =
    "The command runs beside the container's own, as its user and in its folder unless told otherwise.";
  static override args = {
    container: argument('Name, id or beginning of the id'),
    command: someArguments('Command and its arguments'),
  };
  static override flags = {
    detach: toggle({char: 'd', description: 'Leave the command running in the background'}),
    'detach-keys': detachKeysFlag,
    env: envFlag,
    'env-file': envFileFlag,
    interactive: toggle({char: 'i', description: 'Give the command standard input'}),
    privileged: toggle({description: 'Give the command all privileges'}),
    tty: toggle({char: 't', description: 'Give the command a terminal'}),
    user: text({char: 'u', description: 'User of the command, as <name|uid>[:<group|gid>]'}),
    workdir: text({char: 'w', description: 'Folder in the container to start in'}),
  };
  static override stopsAtFirstArgument = true;
  static override examples = [
    {description: 'A shell in a running container', command: 'crundle exec -it web sh'},
  ];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(Exec);
    const detach = flags.detach ?? false;
    const tty = flags.tty ?? false;
    const input = (flags.interactive ?? false) && !detach;
    checkTerminal({tty, input});
    const engine = await this.engine();
    const session = await execAsDocker(engine, args.container, {
      command: args.command,
      env: readEnv(flags['env-file'], flags.env),
      tty,
      openStdin: input,
      privileged: flags.privileged ?? false,
      detach,
      ...(flags.user !== undefined && {user: flags.user}),
      ...(flags.workdir !== undefined && {workingDir: flags.workdir}),
    });
    if (session === undefined) return 0;
    const detachKeys = detachKeysOf(flags['detach-keys']);
    const end = await runSession(session, {input, detachKeys, sigProxy: false});
    if (end.kind === 'exited') return end.exitCode;
    writeError('read escape sequence\n');
    return 1;
  }
}

// Docker finds out that there is no such user when it starts the command, and not before.
async function execAsDocker(engine: Engine, container: string, options: ExecOptions) {
  try {
    return await engine.containers.exec(container, options);
  } catch (error) {
    if (!isEngineError(error, 'user-not-found')) throw error;
    throw new UsageError(error.message, {exit: 126, cause: error, ...(error.hint && {hint: error.hint})});
  }
}
