import {DockerCommand} from '../src/cli/docker-command.ts';
import {eachObject} from '../src/cli/each-object.ts';
import {someArguments, toggle} from '../src/cli/flag-kinds.ts';
import {writeWarning} from '../src/cli/output/standard-streams.ts';
import {checkTerminal} from '../src/cli/terminal/check-terminal.ts';
import {detachKeysFlag, detachKeysOf} from '../src/cli/terminal/detach-keys.ts';
import {runSession} from '../src/cli/terminal/run-session.ts';
import {UsageError} from '../src/cli/usage-error.ts';

export default class Start extends DockerCommand {
  static override id = 'start';
  static override aliases = ['container:start'];
  static override summary = 'Start one or more stopped containers';
  static override description = "With -a crundle shows the container's output and exits as it does.";
  static override args = {container: someArguments('Name, id or beginning of the id')};
  static override flags = {
    attach: toggle({char: 'a', description: 'Attach output, and pass signals on'}),
    'detach-keys': detachKeysFlag,
    interactive: toggle({char: 'i', description: "Attach the container's standard input"}),
  };
  static override unsupported = {
    checkpoint: 'checkpoints are not built',
    'checkpoint-dir': 'checkpoints are not built',
  };
  static override examples = [{description: 'Go on in a stopped shell', command: 'crundle start -ai box'}];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(Start);
    const [first = '', ...others] = args.container;
    const attached = flags.attach || flags.interactive;
    if (attached && others.length > 0) {
      throw new UsageError('you cannot start and attach multiple containers at once', {exit: 1});
    }
    const engine = await this.engine();
    if (!attached) {
      return await eachObject(args.container, async (container) => {
        await engine.containers.start(container, {onWarning: writeWarning});
        this.printLine(container);
      });
    }
    const {Config: config} = await engine.containers.inspect(first);
    const input = (flags.interactive ?? false) && config.OpenStdin;
    checkTerminal({tty: config.Tty, input});
    const end = await runSession(
      await engine.containers.start(first, {attach: true, onWarning: writeWarning}),
      {
        input,
        detachKeys: detachKeysOf(flags['detach-keys']),
        sigProxy: true,
      },
    );
    return end.kind === 'exited' ? end.exitCode : 0;
  }
}
