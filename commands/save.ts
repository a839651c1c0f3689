import {DockerCommand} from '../src/cli/docker-command.ts';
import {parsed, someArguments, text} from '../src/cli/flag-kinds.ts';
import {interruptible} from '../src/cli/interrupt.ts';
import {checkOutputFile, writeOutputFile} from '../src/cli/output/output-file.ts';
import {isTerminal, writeOut} from '../src/cli/output/standard-streams.ts';
import {UsageError} from '../src/cli/usage-error.ts';

const task = 'failed to save image';

export default class Save extends DockerCommand {
  static override id = 'save';
  static override aliases = ['image:save'];
  static override group = 'images' as const;
  static override summary = 'Save images to an archive, to a file or to standard output';
  static override description =
    "The archive is an OCI layout and Docker's own form at once: docker, podman, skopeo and 'crundle load' read it. Blobs are in it as they were pulled, each once, and the same images give the same bytes. A name without a tag means all tags of its repository; an id saves the image without a name.";
  static override args = {image: someArguments('Name, digest, id or beginning of the id')};
  static override flags = {
    format: parsed(
      'format',
      parseFormat,
    )({
      description:
        "'oci-archive', or 'docker-archive', whose layers are not compressed, for readers that know no zstd; default both in one",
    }),
    output: text({char: 'o', description: 'Write to a file, which appears whole or not at all'}),
    platform: text({description: 'Save only if it is for this platform, as os/architecture[/variant]'}),
  };
  static override examples = [
    {description: 'Two images that share layers', command: 'crundle save -o shop.tar shop/web shop/db:3'},
    {description: 'To a machine without a registry', command: 'crundle save app | ssh board crundle load'},
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Save);
    const path = flags.output || undefined;
    if (path === undefined && isTerminal(1)) {
      throw new UsageError('cowardly refusing to save to a terminal. Use the -o flag or redirect', {exit: 1});
    }
    if (path !== undefined) checkOutputFile(path, task);
    const engine = await this.engine();
    const options = {
      ...(flags.format !== undefined && {format: flags.format}),
      ...(flags.platform !== undefined && {platform: flags.platform}),
    };
    if (path === undefined) {
      // A signal ends the process, which leaves nothing behind.
      for await (const piece of engine.images.save(args.image, options)) writeOut(piece);
      return;
    }
    await interruptible((signal) =>
      writeOutputFile(path, engine.images.save(args.image, {...options, signal}), task),
    );
  }
}

function parseFormat(text: string): 'docker-archive' | 'oci-archive' {
  if (text === 'docker-archive' || text === 'oci-archive') return text;
  throw new Error("must be 'docker-archive' or 'oci-archive'");
}
