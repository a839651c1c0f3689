import {parseDuration} from '../bundles/options/duration.ts';
import {checkContentTrust} from '../bundles/options/refusals.ts';
import {DockerCommand} from '../src/cli/docker-command.ts';
import {argument, parsed, text, toggle} from '../src/cli/flag-kinds.ts';
import {hasTag} from '../src/cli/image-name.ts';
import {interruptible} from '../src/cli/interrupt.ts';
import {humanSize} from '../src/cli/output/human-units.ts';
import {pullDisplay} from '../src/cli/output/pull-display.ts';
import {isTerminal, writeWarning} from '../src/cli/output/standard-streams.ts';
import {UsageError} from '../src/cli/usage-error.ts';

const duration = parsed('duration', parseDuration);

export default class Pull extends DockerCommand {
  static override id = 'pull';
  static override aliases = ['image:pull'];
  static override group = 'common' as const;
  static override summary = 'Download an image from a registry';
  static override description =
    'Layers that are there already are not fetched again; a download that broke off goes on where it stopped.';
  static override args = {name: argument('NAME[:TAG|@DIGEST]')};
  static override flags = {
    'all-tags': toggle({char: 'a', description: 'Fetch every tag of the repository'}),
    'disable-content-trust': toggle({
      description: 'No signatures are verified, every digest is (default true)',
    }),
    platform: text({description: 'Platform to fetch, as os/architecture[/variant] (default linux/arm64)'}),
    quiet: toggle({char: 'q', description: 'Print only the name of the image'}),
    'wait-clock': duration({
      description: 'Wait first until the clock is synchronised, at most so long (5m where no time is given)',
      bareValue: '5m',
    }),
  };
  static override examples = [
    {description: 'The newest release of an image', command: 'crundle pull alpine'},
    {
      description: 'At boot, on a board that learns the time from the network',
      command: 'crundle pull --wait-clock reg.example/app',
    },
    {
      description: 'Exactly these bytes, from a registry of your own',
      command: 'crundle pull reg.example:5000/app@sha256:…',
    },
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Pull);
    checkContentTrust(flags['disable-content-trust'] ?? true);
    const engine = await this.engine();
    // A name that is none has no tag.
    const {parseImageName} = await import('../src/engine.ts');
    const named = parseImageName(args.name);
    const isAll = flags['all-tags'] === true;
    if (isAll && hasTag(args.name)) throw new UsageError("tag can't be used with --all-tags/-a", {exit: 1});
    if (!flags.quiet && !isAll && !hasTag(args.name)) this.printLine('Using default tag: latest');
    const options = {
      ...(flags.platform !== undefined && {platform: flags.platform}),
      ...(flags['wait-clock'] !== undefined && {waitForClockMs: flags['wait-clock'] / 1e6}),
      ...(!flags.quiet && {onProgress: pullDisplay(1)}),
    };
    const pulled = await interruptible(async (signal) =>
      isAll
        ? await engine.images.pullAll(args.name, {...options, signal})
        : [await engine.images.pull(args.name, {...options, signal})],
    );
    for (const warning of new Set(pulled.flatMap(({warnings}) => warnings))) writeWarning(warning);
    // Docker has no such line: what reads this output gets none.
    const bytes = pulled.reduce((sum, {writtenBytes = 0}) => sum + writtenBytes, 0);
    if (!flags.quiet && bytes > 0 && isTerminal(1)) this.printLine(`Written to disk: ${humanSize(bytes)}`);
    const [first] = pulled;
    this.printLine(!isAll && first ? first.reference : `${named.registry}/${named.repository}`);
  }
}
