import {DockerCommand} from '../../src/cli/docker-command.ts';
import {eachObject} from '../../src/cli/each-object.ts';
import {someArguments, text, toggle} from '../../src/cli/flag-kinds.ts';
import {inspectedText} from '../../src/cli/inspected.ts';

export default class NetworkInspect extends DockerCommand {
  static override id = 'network:inspect';
  static override group = 'networks' as const;
  static override summary = 'Show everything about networks, as JSON';
  static override description = "Field names and types are those of Docker's API.";
  static override args = {network: someArguments('Name, id or beginning of the id')};
  static override flags = {
    format: text({char: 'f', description: "'json', or a Go template"}),
    verbose: toggle({
      char: 'v',
      description: 'Accepted for scripts: there are no services of a swarm to add',
    }),
  };
  static override examples = [
    {
      description: 'Its subnets',
      command: "crundle network inspect -f '{{range .IPAM.Config}}{{println .Subnet}}{{end}}' app",
    },
  ];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(NetworkInspect);
    const engine = await this.engine();
    const found: unknown[] = [];
    const exitCode = await eachObject(args.network, async (network) => {
      found.push(await engine.networks.inspect(network));
    });
    this.print(await inspectedText(found, flags.format));
    return exitCode;
  }
}
