import {isAbsolute} from 'node:path';
import {type CopyRequest, copyRequest} from '../src/cli/copy-operands.ts';
import {DockerCommand} from '../src/cli/docker-command.ts';
import {argument, toggle} from '../src/cli/flag-kinds.ts';
import {humanSize} from '../src/cli/output/human-units.ts';
import {isTerminal, writeError, writeOut, writeWarning} from '../src/cli/output/standard-streams.ts';
import type {CopyResult, CopyToOptions, Engine} from '../src/engine.ts';

export default class Cp extends DockerCommand {
  static override id = 'cp';
  static override aliases = ['container:cp'];
  static override summary = 'Copy files and folders between a container and the host';
  static override description =
    "One of the two is CONTAINER:PATH. The container may run or not; what it has in tmpfs, /proc, /sys and /dev is not seen. '-' is a tar archive on standard input or output.";
  static override args = {
    source: argument('What to copy; FOLDER/. is what is in the folder'),
    destination: argument('Where to, a folder that is there or a new name'),
  };
  static override flags = {
    archive: toggle({char: 'a', description: "Make the copies in a container its user's"}),
    'follow-link': toggle({char: 'L', description: 'Copy what a link points to in place of the link'}),
    quiet: toggle({
      char: 'q',
      description: 'Say nothing of success. Default: unless standard output is a terminal',
    }),
  };
  static override examples = [
    {description: 'A file out of a container', command: 'crundle cp web:/etc/nginx/nginx.conf .'},
    {description: 'What is in a folder into another', command: 'crundle cp site/. web:/usr/share/nginx/html'},
    {description: 'A folder as an archive', command: 'crundle cp db:/var/lib/data - | zstd > data.tar.zst'},
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Cp);
    const request = copyRequest(args.source, args.destination);
    const options = {followLink: flags['follow-link'] ?? false, containerOwner: flags.archive ?? false};
    const {bytes, target, warnings} = await copy(await this.engine(), request, options);
    for (const warning of warnings) writeWarning(warning);
    const quiet = flags.quiet ?? !isTerminal(1);
    if (!quiet && target !== '-') writeError(`Successfully copied ${humanSize(bytes, 3)} to ${target}\n`);
  }
}

async function copy(
  {files}: Engine,
  {direction, container, path, hostPath}: CopyRequest,
  options: CopyToOptions,
): Promise<CopyResult> {
  if (direction === 'out') {
    if (hostPath === '-') return await files.readArchive(container, path, writeOut, options);
    return await files.copyFrom(container, path, absolute(hostPath), options);
  }
  if (hostPath === '-') return await files.writeArchive(process.stdin, container, path, options);
  return await files.copyTo(absolute(hostPath), container, path, options);
}

// With the slash or dot at its end, which means something.
function absolute(path: string): string {
  return isAbsolute(path) ? path : `${process.cwd()}/${path}`;
}
