import {bundleFlags, checkBundleFlags, takeOutput} from '../src/cli/bundle-flags.ts';
import {containerOptions} from '../src/cli/container-flags.ts';
import {announcedPull} from '../src/cli/creation.ts';
import {DockerCommand} from '../src/cli/docker-command.ts';
import {anyArguments, argument} from '../src/cli/flag-kinds.ts';
import {interruptible} from '../src/cli/interrupt.ts';
import {writeError} from '../src/cli/output/standard-streams.ts';
import {unsupportedContainerChars, unsupportedContainerFlags} from '../src/cli/unsupported-flags.ts';

export default class Bundle extends DockerCommand {
  static override id = 'bundle';
  static override group = 'images' as const;
  static override summary = 'Write an OCI bundle of an image that crun runs without crundle';
  static override description =
    "DIR gets rootfs, the image's files merged, and config.json with what the flags ask for; 'crun run -b DIR NAME' runs it on any " +
    "machine of its architecture. It takes the flags of 'crundle run', but those whose doing is crundle's (published ports, named " +
    'volumes, networks, restarts), which are refused. Without --network host it has a network with nothing but its own loopback.';
  static override args = {image: argument('Image'), command: anyArguments('Command and its arguments')};
  static override flags = bundleFlags;
  static override unsupported = unsupportedContainerFlags;
  static override unsupportedChars = unsupportedContainerChars;
  static override stopsAtSecondArgument = true;
  static override failureExit = 125 as const;
  static override examples = [
    {
      description: 'A bundle, and crun alone to run it',
      command: 'crundle bundle alpine -o /srv/hello echo hello && crun run -b /srv/hello hello',
    },
    {
      description: 'With limits and a folder of the host, on the network of the host',
      command:
        'crundle bundle --network host -m 256m -v /srv/www:/www:ro -o /srv/web busybox httpd -f -h /www',
    },
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Bundle);
    const {output: folder, command} = takeOutput(flags.output, args.command ?? []);
    checkBundleFlags(flags);
    const options = containerOptions(flags, command);
    const engine = await this.engine();
    const pull = flags.pull ?? 'missing';
    const written = await interruptible((signal) =>
      engine.containers.bundle({
        image: args.image,
        options,
        folder,
        pull,
        signal,
        ...(flags.platform !== undefined && {platform: flags.platform}),
        ...(!flags.quiet && {onProgress: announcedPull(args.image, pull)}),
      }),
    );
    const warnings = [...written.warnings, ...(flags.network === undefined ? [withoutNetwork] : [])];
    for (const warning of warnings) writeError(`WARNING: ${warning}\n`);
    this.printLine(written.folder);
  }
}

const withoutNetwork =
  "the bundle has no network but its own loopback; '--network none' says so without this line, '--network host' takes the host's";
