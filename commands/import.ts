import {DockerCommand} from '../src/cli/docker-command.ts';
import {argument, list, optionalArgument, text} from '../src/cli/flag-kinds.ts';
import {interruptible} from '../src/cli/interrupt.ts';
import {isTerminal} from '../src/cli/output/standard-streams.ts';
import {UsageError} from '../src/cli/usage-error.ts';

export default class Import extends DockerCommand {
  static override id = 'import';
  static override aliases = ['image:import'];
  static override group = 'images' as const;
  static override summary = 'Make an image of an archive of a root file system';
  static override description =
    'A tar archive, plain or compressed by gzip, zstd, xz or bzip2, becomes an image of one layer. It says nothing of how it is run: --change does.';
  static override args = {
    source: argument('File or web address of the archive; - is standard input'),
    name: optionalArgument('The name of the image, NAME[:TAG]'),
  };
  static override flags = {
    change: list({
      char: 'c',
      description:
        'A Dockerfile instruction for the image: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR',
    }),
    message: text({char: 'm', description: 'For its history, in place of where it was imported from'}),
    platform: text({description: 'What it is for, as os/architecture[/variant] (default linux/arm64)'}),
  };
  static override examples = [
    {
      description: 'A Debian of your own',
      command: `mmdebstrap --arch=arm64 trixie - | crundle import -c 'CMD ["bash"]' - debian:own`,
    },
    {description: 'A container as one layer', command: 'crundle export web | crundle import - web:flat'},
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Import);
    if (args.source === '-' && isTerminal(0)) {
      throw new UsageError('standard input is a terminal', {
        exit: 1,
        hint: 'name a file, or send an archive to standard input',
      });
    }
    const engine = await this.engine();
    const {id} = await interruptible((signal) =>
      engine.images.import(sourceOf(args.source), {
        ...(args.name && {name: args.name}),
        changes: flags.change ?? [],
        ...(flags.message !== undefined && {message: flags.message}),
        ...(flags.platform !== undefined && {platform: flags.platform}),
        signal,
      }),
    );
    this.printLine(id);
  }
}

function sourceOf(text: string) {
  if (text === '-') return {name: 'standard input', bytes: process.stdin as AsyncIterable<Uint8Array>};
  return /^https?:\/\//.test(text) ? {url: text} : {path: text};
}
