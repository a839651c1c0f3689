import {containerFlags, containerOptions} from '../src/cli/container-flags.ts';
import {createContainer, creationFlags} from '../src/cli/creation.ts';
import {DockerCommand} from '../src/cli/docker-command.ts';
import {anyArguments, argument} from '../src/cli/flag-kinds.ts';
import {unsupportedContainerChars, unsupportedContainerFlags} from '../src/cli/unsupported-flags.ts';

export default class Create extends DockerCommand {
  static override id = 'create';
  static override aliases = ['container:create'];
  static override summary = 'Create a new container, to be started later';
  static override description =
    "The container gets its id and its files, and does not run until 'crundle start'.";
  static override args = {image: argument('Image'), command: anyArguments('Command and its arguments')};
  static override flags = {...containerFlags, ...creationFlags};
  static override unsupported = unsupportedContainerFlags;
  static override unsupportedChars = unsupportedContainerChars;
  static override stopsAtFirstArgument = true;
  static override examples = [
    {
      description: 'Create now, start later',
      command: 'crundle start $(crundle create --name web busybox httpd -f)',
    },
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Create);
    const options = containerOptions(flags, args.command ?? []);
    options.stdinOnce = options.openStdin;
    this.printLine(await createContainer(await this.engine(), args.image, options, flags));
  }
}
