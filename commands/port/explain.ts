import {parseIpAddress} from '../../src/addresses/ip-address.ts';
import {DockerCommand} from '../../src/cli/docker-command.ts';
import {argument, parsed, text} from '../../src/cli/flag-kinds.ts';
import {formatValue} from '../../src/cli/output/format-value.ts';
import {portExplanationText} from '../../src/cli/port-explanation.ts';
import {UsageError} from '../../src/cli/usage-error.ts';

export default class PortExplain extends DockerCommand {
  static override id = 'port:explain';
  static override group = 'containers' as const;
  static override summary = 'Tell who can reach a port of this host, and which rule decides';
  static override description =
    "Follows a new connection hop by hop, from this host, from containers and from outside, through the host's own firewall. Changes nothing.";
  static override args = {port: argument('Port of this host, PORT or PORT/PROTOCOL')};
  static override flags = {
    format: text({char: 'f', description: "'json', or a Go template"}),
    from: parsed(
      'ip',
      parseSource,
    )({description: 'Address of a client: decides rules that look at the source'}),
  };
  static override examples = [
    {description: 'Why does nobody reach the web server?', command: 'crundle port explain 8080'},
    {description: 'From one machine, over UDP', command: 'crundle port explain 53/udp --from 192.168.1.20'},
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(PortExplain);
    const question = {...parsePort(args.port), ...(flags.from !== undefined && {from: flags.from})};
    const engine = await this.engine();
    const explanation = await engine.networks.explainPort(question);
    if (flags.format === undefined) this.print(portExplanationText(explanation));
    else this.printLine(await formatValue(explanation, flags.format));
  }
}

function parseSource(value: string) {
  const address = parseIpAddress(value);
  if (address === undefined) throw new Error('must be an IP address');
  return address;
}

function parsePort(value: string): {port: number; protocol: 'tcp' | 'udp' | 'sctp'} {
  const [, digits = '', protocol = 'tcp'] = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/i.exec(value) ?? [];
  const port = Number(digits);
  if (port < 1 || port > 65_535) {
    throw new UsageError(`invalid port "${value}": must be PORT or PORT/PROTOCOL`, {
      exit: 1,
      hint: 'such as 8080 or 53/udp',
    });
  }
  return {port, protocol: protocol.toLowerCase() as 'tcp' | 'udp' | 'sctp'};
}
