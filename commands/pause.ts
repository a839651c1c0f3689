import {DockerCommand} from '../src/cli/docker-command.ts';
import {eachObject} from '../src/cli/each-object.ts';
import {someArguments} from '../src/cli/flag-kinds.ts';

export default class Pause extends DockerCommand {
  static override id = 'pause';
  static override aliases = ['container:pause'];
  static override summary = 'Pause all processes within one or more containers';
  static override description = 'They stand still, and keep their memory, files and connections.';
  static override args = {container: someArguments('Name, id or beginning of the id')};
  static override examples = [{description: 'Free the CPU for a moment', command: 'crundle pause web'}];

  override async run(): Promise<number> {
    const {args} = await this.parse(Pause);
    const engine = await this.engine();
    return await eachObject(args.container, async (container) => {
      await engine.containers.pause(container);
      this.printLine(container);
    });
  }
}
