import {DockerCommand} from '../src/cli/docker-command.ts';
import {eachObject} from '../src/cli/each-object.ts';
import {integer, someArguments, text} from '../src/cli/flag-kinds.ts';
import {stopOptions} from '../src/cli/stop-options.ts';

export default class Restart extends DockerCommand {
  static override id = 'restart';
  static override aliases = ['container:restart'];
  static override summary = 'Restart one or more containers';
  static override description = 'A container that does not run is started.';
  static override args = {container: someArguments('Name, id or beginning of the id')};
  static override flags = {
    signal: text({char: 's', description: "Signal to send first (default: the container's own, or SIGTERM)"}),
    timeout: integer({
      char: 't',
      aliases: ['time'],
      description: 'Seconds to wait before killing the container',
    }),
  };
  static override examples = [
    {description: 'Restart with half a minute to end', command: 'crundle restart -t 30 web'},
  ];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(Restart);
    const engine = await this.engine();
    return await eachObject(args.container, async (container) => {
      await engine.containers.restart(container, stopOptions(flags));
      this.printLine(container);
    });
  }
}
