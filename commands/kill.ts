import {DockerCommand} from '../src/cli/docker-command.ts';
import {eachObject} from '../src/cli/each-object.ts';
import {someArguments, text} from '../src/cli/flag-kinds.ts';
import {signalName} from '../src/cli/stop-options.ts';

export default class Kill extends DockerCommand {
  static override id = 'kill';
  static override aliases = ['container:kill'];
  static override summary = 'Kill one or more running containers';
  static override description = "The signal goes to the container's first process.";
  static override args = {container: someArguments('Name, id or beginning of the id')};
  static override flags = {signal: text({char: 's', description: 'Signal to send (default SIGKILL)'})};
  static override examples = [
    {description: 'Ask a server to read its configuration again', command: 'crundle kill -s HUP web'},
  ];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(Kill);
    const signal = signalName(flags.signal ?? 'KILL');
    const engine = await this.engine();
    return await eachObject(args.container, async (container) => {
      await engine.containers.kill(container, signal);
      this.printLine(container);
    });
  }
}
