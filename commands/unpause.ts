import {DockerCommand} from '../src/cli/docker-command.ts';
import {eachObject} from '../src/cli/each-object.ts';
import {someArguments} from '../src/cli/flag-kinds.ts';

export default class Unpause extends DockerCommand {
  static override id = 'unpause';
  static override aliases = ['container:unpause'];
  static override summary = 'Let one or more paused containers go on';
  static override description = 'Their processes do not notice the pause but by the clock.';
  static override args = {container: someArguments('Name, id or beginning of the id')};
  static override examples = [{description: 'Go on where it stood', command: 'crundle unpause web'}];

  override async run(): Promise<number> {
    const {args} = await this.parse(Unpause);
    const engine = await this.engine();
    return await eachObject(args.container, async (container) => {
      await engine.containers.unpause(container);
      this.printLine(container);
    });
  }
}
