import {DockerCommand} from '../src/cli/docker-command.ts';
import {eachObject} from '../src/cli/each-object.ts';
import {integer, someArguments, text} from '../src/cli/flag-kinds.ts';
import {stopOptions} from '../src/cli/stop-options.ts';

export default class Stop extends DockerCommand {
  static override id = 'stop';
  static override aliases = ['container:stop'];
  static override summary = 'Stop one or more running containers';
  static override description =
    "The container's stop signal is sent, and SIGKILL when it has not ended in time (10 seconds unless told).";
  static override args = {container: someArguments('Name, id or beginning of the id')};
  static override flags = {
    signal: text({char: 's', description: "Signal to send first (default: the container's own, or SIGTERM)"}),
    timeout: integer({
      char: 't',
      aliases: ['time'],
      description: 'Seconds to wait before killing the container',
    }),
  };
  static override examples = [{description: 'Now', command: 'crundle stop -t 0 web'}];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(Stop);
    const engine = await this.engine();
    return await eachObject(args.container, async (container) => {
      await engine.containers.stop(container, stopOptions(flags));
      this.printLine(container);
    });
  }
}
