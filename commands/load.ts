import {fstatSync} from 'node:fs';
import {DockerCommand} from '../src/cli/docker-command.ts';
import {text, toggle} from '../src/cli/flag-kinds.ts';
import {familiar} from '../src/cli/image-name.ts';
import {interruptible} from '../src/cli/interrupt.ts';
import {pullDisplay} from '../src/cli/output/pull-display.ts';
import {isTerminal} from '../src/cli/output/standard-streams.ts';
import {UsageError} from '../src/cli/usage-error.ts';

export default class Load extends DockerCommand {
  static override id = 'load';
  static override aliases = ['image:load'];
  static override group = 'images' as const;
  static override summary = 'Load images from an archive or from standard input';
  static override description =
    'What docker, podman and skopeo save, of one or several images: OCI and Docker archives, plain or compressed by gzip, zstd, xz or bzip2, and folders with an OCI image layout. Every digest is verified.';
  static override flags = {
    input: text({char: 'i', description: 'Read from this file or folder, instead of standard input'}),
    platform: text({
      description: 'Load only this platform, as os/architecture[/variant]; of several linux/arm64 is taken',
    }),
    quiet: toggle({char: 'q', description: 'Show no progress'}),
  };
  static override examples = [
    {description: 'What another machine has saved', command: 'crundle load -i app.tar.gz'},
    {description: 'Without a file between', command: 'ssh board crundle save app | crundle load'},
  ];

  override async run(): Promise<undefined> {
    const {flags} = await this.parse(Load);
    if (flags.input === undefined && isTerminal(0)) {
      throw new UsageError('requested load from stdin, but stdin is empty', {
        exit: 1,
        hint: 'give a file with -i, or send an archive to standard input',
      });
    }
    const engine = await this.engine();
    const isQuiet = flags.quiet || !isTerminal(1);
    await interruptible(async (signal) => {
      const loaded = engine.images.load(inputOf(flags.input), {
        signal,
        ...(flags.platform !== undefined && {platform: flags.platform}),
        ...(!isQuiet && {onProgress: pullDisplay(1)}),
      });
      for await (const {image, references, replaced} of loaded) {
        for (const {reference, id} of replaced)
          this.printLine(
            `The image ${familiar(reference)} already exists, renaming the old one with ID ${id} to empty string`,
          );
        for (const reference of references) this.printLine(`Loaded image: ${familiar(reference)}`);
        if (references.length === 0) this.printLine(`Loaded image ID: ${image.id}`);
      }
    });
  }
}

// A file that a shell opened can be read in any order, which saves writing down what is not needed.
function inputOf(path: string | undefined) {
  if (path !== undefined) return {path};
  if (fstatSync(0).isFile()) return {path: '/proc/self/fd/0', name: 'standard input'};
  return {name: 'standard input', bytes: process.stdin as AsyncIterable<Uint8Array>};
}
