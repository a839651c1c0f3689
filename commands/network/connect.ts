import {familyOf, type IpAddress, parseIpAddress} from '../../src/addresses/ip-address.ts';
import {DockerCommand} from '../../src/cli/docker-command.ts';
import {argument, integer, list, parsed, parsedList} from '../../src/cli/flag-kinds.ts';
import type {ConnectOptions} from '../../src/engine.ts';

export default class NetworkConnect extends DockerCommand {
  static override id = 'network:connect';
  static override group = 'networks' as const;
  static override summary = 'Connect a container to a network';
  static override description =
    'A container that runs gets the interface at once, another one when it starts.';
  static override args = {
    network: argument('Name, id or beginning of the id'),
    container: argument('Name, id or beginning of the id'),
  };
  static override flags = {
    alias: list({helpValue: 'strings', description: 'A further name for it on this network'}),
    'driver-opt': parsedList('key=value', parseOption)({description: 'Set an option of the driver'}),
    'gw-priority': integer({description: 'The network with the highest gives the default route'}),
    ip: parsed('address', (text) => parseAddress(text, 4))({description: 'IPv4 address'}),
    ip6: parsed('address', (text) => parseAddress(text, 6))({description: 'IPv6 address'}),
    'link-local-ip': parsedList('address', (text) => parseAddress(text))({
      description: 'A further, link-local address of the interface',
    }),
  };
  static override unsupported = {link: 'containers of one network find each other by name'};
  static override examples = [
    {
      description: 'Under another name, with an address of your choice',
      command: 'crundle network connect --alias db --ip 10.7.0.9 app postgres',
    },
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(NetworkConnect);
    const options: ConnectOptions = {
      aliases: flags.alias ?? [],
      linkLocal: flags['link-local-ip'] ?? [],
      driverOptions: Object.fromEntries(flags['driver-opt'] ?? []),
      gatewayPriority: flags['gw-priority'] ?? 0,
      ...(flags.ip && {ipv4: flags.ip}),
      ...(flags.ip6 && {ipv6: flags.ip6}),
    };
    const engine = await this.engine();
    await engine.networks.connect(args.network, args.container, options);
  }
}

function parseAddress(text: string, family?: 4 | 6): IpAddress {
  const address = parseIpAddress(text);
  if (address !== undefined && (family === undefined || familyOf(address) === family)) return address;
  throw new Error(`invalid IP${family === undefined ? '' : `v${family}`} address: ${text}`);
}

function parseOption(text: string): [name: string, value: string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new Error('invalid key value pair format in driver options');
  return [text.slice(0, equals).trim().toLowerCase(), text.slice(equals + 1).trim()];
}
