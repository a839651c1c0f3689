import {containerOptions} from '../../src/cli/container-flags.ts';
import {announcedPull} from '../../src/cli/creation.ts';
import {DockerCommand} from '../../src/cli/docker-command.ts';
import {explainScript} from '../../src/cli/explain-script.ts';
import {interruptible} from '../../src/cli/interrupt.ts';
import {writeError} from '../../src/cli/output/standard-streams.ts';
import {EngineError} from '../../src/errors.ts';
import Run from '../run.ts';

export default class ExplainRun extends DockerCommand {
  static override id = 'explain:run';
  static override group = 'system' as const;
  static override summary = 'Print what a run would do, as a shell script';
  static override description =
    "Takes the flags of 'crundle run' and does nothing but pull a missing image: it prints the mounts, ip, nft, conmon and crun calls, " +
    'with what they are for, as a script that does the same when it is pasted into a root shell, and cleans up after itself. It ' +
    'comes from the code of run itself. Values of -e and --env-file are in it, since it would not work without.';
  static override args = Run.args;
  static override flags = Run.flags;
  static override unsupported = Run.unsupported;
  static override unsupportedChars = Run.unsupportedChars;
  static override stopsAtFirstArgument = true;
  static override failureExit = 125 as const;
  static override examples = [
    {
      description: 'What publishing a port takes',
      command: 'crundle explain run --rm -p 8080:80 busybox httpd -f',
    },
    {description: 'To do it', command: 'crundle explain run alpine echo hello | sh'},
  ];

  override async run(): Promise<undefined> {
    const typed = [...this.argv];
    const {args, flags} = await this.parse(ExplainRun);
    refuseUnexplained(flags);
    const options = containerOptions(flags, args.command ?? []);
    options.stdinOnce = options.openStdin;
    const engine = await this.engine();
    const pull = flags.pull ?? 'missing';
    const plan = await interruptible((signal) =>
      engine.containers.explain({
        image: args.image,
        options,
        pull,
        signal,
        ...(flags.name !== undefined && {name: flags.name}),
        ...(flags.platform !== undefined && {platform: flags.platform}),
        ...(!flags.quiet && {onProgress: announcedPull(args.image, pull)}),
      }),
    );
    for (const warning of plan.warnings) writeError(`WARNING: ${warning}\n`);
    this.print(explainScript(plan, typed));
  }
}

function refuseUnexplained(flags: {detach?: boolean | undefined; cidfile?: string | undefined}): void {
  const refuse = (flag: string, hint: string) =>
    new EngineError('not-supported', `explain run cannot take --${flag}`, {hint, exit: 125});
  if (flags.detach)
    throw refuse('detach', 'the script waits for the container, and then takes everything away');
  if (flags.cidfile !== undefined)
    throw refuse('cidfile', 'the script writes no file but those of the container, whose id is in it');
}
