import {DockerCommand} from '../../src/cli/docker-command.ts';
import {eachObject} from '../../src/cli/each-object.ts';
import {someArguments, toggle} from '../../src/cli/flag-kinds.ts';
import {isEngineError} from '../../src/errors.ts';

export default class NetworkRm extends DockerCommand {
  static override id = 'network:rm';
  static override aliases = ['network:remove'];
  static override group = 'networks' as const;
  static override summary = 'Remove one or more networks';
  static override description =
    'A network stays while a running container is on it. A stopped one that is on it cannot start any more.';
  static override args = {network: someArguments('Name, id or beginning of the id')};
  static override flags = {
    force: toggle({char: 'f', description: 'A missing network is no failure'}),
  };
  static override examples = [
    {description: 'Also where it may be gone already', command: 'crundle network rm --force shop'},
  ];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(NetworkRm);
    const engine = await this.engine();
    return await eachObject(args.network, async (network) => {
      try {
        await engine.networks.remove(network);
      } catch (error) {
        if (flags.force && isEngineError(error, 'network-not-found')) return;
        throw error;
      }
      this.printLine(network);
    });
  }
}
