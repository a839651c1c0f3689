import type {TransportProtocol} from '../bundles/network-options.ts';
import {DockerCommand} from '../src/cli/docker-command.ts';
import {argument, optionalArgument} from '../src/cli/flag-kinds.ts';
import {addressLines, portLines} from '../src/cli/port-list.ts';
import {UsageError} from '../src/cli/usage-error.ts';
import {EngineError} from '../src/errors.ts';

export default class Port extends DockerCommand {
  static override id = 'port';
  static override aliases = ['container:port'];
  static override summary = 'List the published ports of a container, or where one is published';
  static override description = 'A container that does not run publishes nothing.';
  static override args = {
    container: argument('Name or id of a container'),
    port: optionalArgument('Port in the container, as PORT[/PROTOCOL] (default protocol tcp)'),
  };
  static override examples = [
    {description: 'Where is the web server?', command: 'crundle port web 80/tcp'},
    {description: 'Every port', command: 'crundle port web'},
  ];

  override async run(): Promise<undefined> {
    const {args} = await this.parse(Port);
    const wanted = args.port === undefined ? undefined : parsePort(args.port);
    const engine = await this.engine();
    const ports = await engine.containers.ports(args.container);
    const lines = wanted ? addressLines(ports, wanted) : portLines(ports);
    if (wanted && lines.length === 0) {
      throw new EngineError(
        'port-not-published',
        `no public port '${args.port}' published for ${args.container}`,
        {hint: `'crundle port ${args.container}' lists those that are`},
      );
    }
    for (const line of lines) this.printLine(line);
  }
}

function parsePort(text: string): {containerPort: number; protocol: TransportProtocol} {
  const [port = '', protocol = ''] = text.split('/', 2);
  if (!/^\d+$/.test(port) || Number(port) > 65_535) {
    throw new UsageError(`invalid port (${port}): must be PORT[/PROTOCOL]`, {
      exit: 1,
      hint: 'such as 80 or 53/udp',
    });
  }
  // What is no protocol is published nowhere.
  return {containerPort: Number(port), protocol: (protocol || 'tcp') as TransportProtocol};
}
