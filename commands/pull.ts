import {parseDuration} from '../bundles/options/duration.ts';
import {DockerCommand} from '../src/cli/docker-command.ts';
import {argument, parsed, text, toggle} from '../src/cli/flag-kinds.ts';
import {hasTag} from '../src/cli/image-name.ts';
import {interruptible} from '../src/cli/interrupt.ts';
import {pullDisplay} from '../src/cli/output/pull-display.ts';
import {writeWarning} from '../src/cli/output/standard-streams.ts';

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
    platform: text({description: 'Platform to fetch, as os/architecture[/variant] (default linux/arm64)'}),
    quiet: toggle({char: 'q', description: 'Print only the name of the image'}),
    'wait-clock': duration({
      description: 'Wait first until the clock is synchronised, at most so long (5m where no time is given)',
      bareValue: '5m',
    }),
  };
  static override unsupported = {
    'all-tags': 'pull each tag by its name',
    'disable-content-trust': 'crundle has no content trust to disable; every digest is verified',
  };
  static override unsupportedChars = {a: 'all-tags'};
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
    const engine = await this.engine();
    // A name that is none has no tag.
    const {parseImageName} = await import('../src/engine.ts');
    parseImageName(args.name);
    if (!flags.quiet && !hasTag(args.name)) this.printLine('Using default tag: latest');
    const {reference, warnings} = await interruptible((signal) =>
      engine.images.pull(args.name, {
        signal,
        ...(flags.platform !== undefined && {platform: flags.platform}),
        ...(flags['wait-clock'] !== undefined && {waitForClockMs: flags['wait-clock'] / 1e6}),
        ...(!flags.quiet && {onProgress: pullDisplay(1)}),
      }),
    );
    for (const warning of warnings) writeWarning(warning);
    this.printLine(reference);
  }
}
