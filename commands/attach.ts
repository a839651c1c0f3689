import {DockerCommand} from '../src/cli/docker-command.ts';
import {argument, toggle} from '../src/cli/flag-kinds.ts';
import {writeError} from '../src/cli/output/standard-streams.ts';
import {checkTerminal} from '../src/cli/terminal/check-terminal.ts';
import {detachKeysFlag, detachKeysOf} from '../src/cli/terminal/detach-keys.ts';
import {runSession} from '../src/cli/terminal/run-session.ts';

export default class Attach extends DockerCommand {
  static override id = 'attach';
  static override aliases = ['container:attach'];
  static override summary = 'Attach to the input and output of a running container';
  static override description =
    'Standard input goes to the container if it was created with -i. The detach keys leave it running; without a terminal, ' +
    'signals are passed on.';
  static override args = {container: argument('Name, id or beginning of the id')};
  static override flags = {
    'detach-keys': detachKeysFlag,
    'no-stdin': toggle({description: 'Do not attach standard input'}),
    'sig-proxy': toggle({
      description: 'Pass signals on to the container when it has no terminal (default true)',
    }),
  };
  static override examples = [
    {description: 'Watch a container, and leave it with ctrl-p ctrl-q', command: 'crundle attach web'},
  ];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(Attach);
    const engine = await this.engine();
    const {Config: config} = await engine.containers.inspect(args.container);
    const input = config.OpenStdin && !flags['no-stdin'];
    checkTerminal({tty: config.Tty, input});
    const end = await runSession(await engine.containers.attach(args.container), {
      input,
      detachKeys: detachKeysOf(flags['detach-keys']),
      sigProxy: flags['sig-proxy'] ?? true,
    });
    if (end.kind === 'exited') return end.exitCode;
    writeError('read escape sequence\n');
    return 1;
  }
}
