import {containerFlags, containerOptions} from '../src/cli/container-flags.ts';
import {createContainer, creationFlags} from '../src/cli/creation.ts';
import {DockerCommand} from '../src/cli/docker-command.ts';
import {anyArguments, argument, toggle} from '../src/cli/flag-kinds.ts';
import {writeWarning} from '../src/cli/output/standard-streams.ts';
import {checkTerminal} from '../src/cli/terminal/check-terminal.ts';
import {detachKeysFlag, detachKeysOf} from '../src/cli/terminal/detach-keys.ts';
import {runSession} from '../src/cli/terminal/run-session.ts';
import {unsupportedContainerChars, unsupportedContainerFlags} from '../src/cli/unsupported-flags.ts';
import {UsageError} from '../src/cli/usage-error.ts';
import type {ContainerOptions, Engine} from '../src/engine.ts';
import {isEngineError} from '../src/errors.ts';

export default class Run extends DockerCommand {
  static override id = 'run';
  static override aliases = ['container:run'];
  static override group = 'common' as const;
  static override summary = 'Create and run a new container from an image';
  static override description =
    "The image is pulled if it is not there. Everything after the image is the container's command. Without -d crundle shows its " +
    'output, and exits as it does; 125 means that it could not be run, 126 that its command cannot be executed, 127 that the ' +
    'command was not found.';
  static override args = {image: argument('Image'), command: anyArguments('Command and its arguments')};
  static override flags = {
    ...containerFlags,
    ...creationFlags,
    detach: toggle({char: 'd', description: 'Run in the background and print the id'}),
    'detach-keys': detachKeysFlag,
    'sig-proxy': toggle({
      description: 'Pass signals on to the container when it has no terminal (default true)',
    }),
  };
  static override unsupported = unsupportedContainerFlags;
  static override unsupportedChars = unsupportedContainerChars;
  static override stopsAtFirstArgument = true;
  static override failureExit = 125 as const;
  static override examples = [
    {description: 'A shell in a throw-away container', command: 'crundle run --rm -it alpine sh'},
    {
      description: 'A service in the background, with a limit and a folder of its own',
      command: 'crundle run -d --name web -p 8080:80 -m 256m -v /srv/www:/www:ro busybox httpd -f -h /www',
    },
    {
      description: 'One that is checked, and restarted when it does not answer',
      command:
        "crundle run -d --health-cmd 'wget -qO- localhost' --health-on-failure restart busybox httpd -f",
    },
  ];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(Run);
    const detach = flags.detach ?? false;
    const options = containerOptions(flags, args.command ?? []);
    options.stdinOnce = options.openStdin && !detach;
    if (detach) checkDetached(options);
    if (!detach) checkTerminal({tty: options.tty, input: options.openStdin});
    const engine = await this.engine();
    const id = await createContainer(engine, args.image, options, flags);
    try {
      if (detach) {
        await engine.containers.start(id, {onWarning: writeWarning});
        this.printLine(id);
        return 0;
      }
      const end = await runSession(
        await engine.containers.start(id, {attach: true, onWarning: writeWarning}),
        {
          input: options.openStdin,
          detachKeys: detachKeysOf(flags['detach-keys']),
          sigProxy: flags['sig-proxy'] ?? true,
          ...(options.attached && {outputs: options.attached}),
        },
      );
      return end.kind === 'exited' ? end.exitCode : 0;
    } catch (error) {
      if (options.autoRemove) await removeUnstarted(engine, id);
      throw error;
    }
  }
}

// Docker's words and exit code.
function checkDetached(options: ContainerOptions): void {
  if (options.attached !== undefined) {
    throw new UsageError('conflicting options: cannot specify both --attach and --detach', {exit: 1});
  }
  options.attached = [];
}

// Docker's --rm removes a container that failed to start, too.
async function removeUnstarted(engine: Engine, id: string): Promise<void> {
  try {
    await engine.containers.remove(id, {force: true, volumes: true});
  } catch (error) {
    if (!isEngineError(error, 'container-not-found', 'container-removing')) throw error;
  }
}
