import {DockerCommand} from '../src/cli/docker-command.ts';
import {eachObject} from '../src/cli/each-object.ts';
import {someArguments} from '../src/cli/flag-kinds.ts';

export default class Wait extends DockerCommand {
  static override id = 'wait';
  static override aliases = ['container:wait'];
  static override summary = 'Block until one or more containers stop, then print their exit codes';
  static override args = {container: someArguments('Name, id or beginning of the id')};
  static override examples = [
    {
      description: 'Wait for a job and see how it ended',
      command: 'crundle wait $(crundle run -d alpine make)',
    },
  ];

  override async run(): Promise<number> {
    const {args} = await this.parse(Wait);
    const engine = await this.engine();
    return await eachObject(args.container, async (container) => {
      const {exitCode} = await engine.containers.wait(container);
      this.printLine(String(exitCode));
    });
  }
}
