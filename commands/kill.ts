import {parseSignal} from '../bundles/options/signal.ts';
import {DockerCommand} from '../src/cli/docker-command.ts';
import {eachObject} from '../src/cli/each-object.ts';
import {someArguments, text} from '../src/cli/flag-kinds.ts';

export default class Kill extends DockerCommand {
  static override id = 'kill';
  static override aliases = ['container:kill'];
  static override summary = 'Kill one or more running containers';
  static override args = {container: someArguments('Name, id or beginning of the id')};
  static override flags = {signal: text({char: 's', description: 'Signal to send (default SIGKILL)'})};

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(Kill);
    const signal = parseSignal(flags.signal ?? 'KILL').name;
    const engine = await this.engine();
    return await eachObject(args.container, async (container) => {
      await engine.kill(container, signal);
      this.printLine(container);
    });
  }
}
