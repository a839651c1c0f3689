import {DockerCommand} from '../../src/cli/docker-command.ts';
import {argument, toggle} from '../../src/cli/flag-kinds.ts';

export default class NetworkDisconnect extends DockerCommand {
  static override id = 'network:disconnect';
  static override group = 'networks' as const;
  static override summary = 'Disconnect a container from a network';
  static override args = {
    network: argument('Name, id or beginning of the id'),
    container: argument('Name, id or beginning of the id'),
  };
  static override flags = {
    force: toggle({char: 'f', description: 'Accepted for scripts: nothing refuses'}),
  };
  static override examples = [
    {description: 'Off one network; it stays on its others', command: 'crundle network disconnect shop web'},
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(NetworkDisconnect);
    const engine = await this.engine();
    await engine.networks.disconnect(args.network, args.container, {force: flags.force ?? false});
  }
}
