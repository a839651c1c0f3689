import {DockerCommand} from '../src/cli/docker-command.ts';
import {eachObject} from '../src/cli/each-object.ts';
import {someArguments, toggle} from '../src/cli/flag-kinds.ts';
import type {ErrorCode} from '../src/errors.ts';

export default class Rm extends DockerCommand {
  static override id = 'rm';
  static override aliases = ['container:rm', 'container:remove'];
  static override summary = 'Remove one or more containers';
  static override description = "A container's files and log go with it; named volumes stay.";
  static override args = {container: someArguments('Name, id or beginning of the id')};
  static override flags = {
    force: toggle({
      char: 'f',
      description: 'Kill the container first if it runs; a missing one is no failure',
    }),
    volumes: toggle({char: 'v', description: 'Remove its anonymous volumes too'}),
  };
  static override unsupported = {link: 'links between containers are not built'};
  static override unsupportedChars = {l: 'link'};
  static override examples = [{description: 'Whatever it does', command: 'crundle rm -f web'}];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(Rm);
    const engine = await this.engine();
    const options = {force: flags.force ?? false, volumes: flags.volumes ?? false};
    const forgiven: ErrorCode[] = options.force ? ['container-not-found'] : [];
    return await eachObject(
      args.container,
      async (container) => {
        await engine.containers.remove(container, options);
        this.printLine(container);
      },
      forgiven,
    );
  }
}
