import {parseNetwork} from '../../bundles/options/network.ts';
import {DockerCommand} from '../../src/cli/docker-command.ts';
import {argument, list, text} from '../../src/cli/flag-kinds.ts';

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
    'driver-opt': list({helpValue: 'strings', description: 'Set an option of the driver'}),
    'gw-priority': text({
      helpValue: 'int',
      description: 'The network with the highest gives the default route',
    }),
    ip: text({description: 'IPv4 address'}),
    ip6: text({description: 'IPv6 address'}),
    'link-local-ip': list({helpValue: 'strings', description: 'A further, link-local address'}),
  };
  static override unsupported = {link: 'containers of one network find each other by name'};

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(NetworkConnect);
    const engine = await this.engine();
    const fields = [
      ...(flags.alias ?? []).map((value) => ['alias', value]),
      ...(flags['driver-opt'] ?? []).map((value) => ['driver-opt', value]),
      ...(flags['link-local-ip'] ?? []).map((value) => ['link-local-ip', value]),
      ...(flags['gw-priority'] === undefined ? [] : [['gw-priority', flags['gw-priority']]]),
      ...(flags.ip === undefined ? [] : [['ip', flags.ip]]),
      ...(flags.ip6 === undefined ? [] : [['ip6', flags.ip6]]),
    ].map(([name, value]) => quoted(`${name}=${value}`));
    const {network: _network, ...options} = parseNetwork(['name=it', ...fields].join(','));
    await engine.networks.connect(args.network, args.container, options);
  }
}

// As a field of CSV, whose commas and quotes are its own.
function quoted(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
