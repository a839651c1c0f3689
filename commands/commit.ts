import {DockerCommand} from '../src/cli/docker-command.ts';
import {argument, list, optionalArgument, text, toggle} from '../src/cli/flag-kinds.ts';
import {interruptible} from '../src/cli/interrupt.ts';
import {writeError} from '../src/cli/output/standard-streams.ts';

export default class Commit extends DockerCommand {
  static override id = 'commit';
  static override aliases = ['container:commit'];
  static override group = 'images' as const;
  static override summary = 'Make an image of what a container has changed';
  static override description =
    'One layer more on the image of the container, and the options that it was made with. What is in volumes and other mounts is not in ' +
    'it. A running container stands still while its files are read. The same change gives the same layer.';
  static override args = {
    container: argument('Name, id or beginning of the id'),
    name: optionalArgument('The name of the image, NAME[:TAG]'),
  };
  static override flags = {
    author: text({char: 'a', description: 'Who made it, such as "Ada <ada@example.com>"'}),
    change: list({
      char: 'c',
      description:
        'A Dockerfile instruction for the image: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR',
    }),
    message: text({char: 'm', description: 'What was changed, for its history'}),
    pause: toggle({char: 'p', description: 'Pause the container meanwhile (default true)'}),
  };
  static override examples = [
    {description: 'Keep what was tried by hand', command: 'crundle commit -m "add vim" shell tools:vim'},
    {
      description: 'With another command',
      command: `crundle commit -c 'CMD ["nginx", "-g", "daemon off;"]' -c 'EXPOSE 80' web web:2`,
    },
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Commit);
    const engine = await this.engine();
    const {id} = await interruptible((signal) =>
      engine.changes.commit(args.container, {
        ...(args.name && {name: args.name}),
        ...(flags.author !== undefined && {author: flags.author}),
        ...(flags.message !== undefined && {message: flags.message}),
        changes: flags.change ?? [],
        pause: flags.pause ?? true,
        onLeftOut: (path, why) => writeError(`WARNING: ${path} is left out: ${why}\n`),
        signal,
      }),
    );
    this.printLine(id);
  }
}
