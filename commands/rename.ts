import {DockerCommand} from '../src/cli/docker-command.ts';
import {argument} from '../src/cli/flag-kinds.ts';
import {UsageError} from '../src/cli/usage-error.ts';

export default class Rename extends DockerCommand {
  static override id = 'rename';
  static override aliases = ['container:rename'];
  static override summary = 'Rename a container';
  static override description =
    'It may run: on its networks others find it by the new name at once, and by the old one no more.';
  static override args = {
    container: argument('Name, id or beginning of the id'),
    new_name: argument('The new name'),
  };
  static override examples = [
    {description: 'Make way for the next one', command: 'crundle rename web web-before'},
  ];

  override async run(): Promise<undefined> {
    const {args} = await this.parse(Rename);
    if (args.container.trim() === '' || args.new_name.trim() === '') {
      throw new UsageError('neither old nor new names may be empty', {exit: 1});
    }
    const engine = await this.engine();
    await engine.containers.rename(args.container, args.new_name);
  }
}
