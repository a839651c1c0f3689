import {parseLabels} from '../../bundles/options/label.ts';
import {DockerCommand} from '../../src/cli/docker-command.ts';
import {argument, list, text, toggle} from '../../src/cli/flag-kinds.ts';
import {ipamSubnets} from '../../src/cli/network-ipam.ts';
import {writeError} from '../../src/cli/output/standard-streams.ts';
import {UsageError} from '../../src/cli/usage-error.ts';

export default class NetworkCreate extends DockerCommand {
  static override id = 'network:create';
  static override group = 'networks' as const;
  static override summary = 'Create a network';
  static override description =
    'Containers of one network reach each other by name; two networks do not reach each other. Without --subnet it gets one that meets no route of this host.';
  static override args = {network: argument('Name of the new network')};
  static override flags = {
    attachable: toggle({description: 'Accepted for scripts: containers may always be attached by hand'}),
    'aux-address': list({helpValue: 'name=address', description: 'An address that no container is given'}),
    driver: text({char: 'd', description: "'bridge' (default) or 'macvlan'"}),
    gateway: list({helpValue: 'address', description: 'The gateway of a subnet; default: its first address'}),
    internal: toggle({description: 'No way in or out'}),
    'ip-range': list({helpValue: 'cidr', description: 'Give containers addresses of this part of a subnet'}),
    'ipam-driver': text({description: "Only 'default'"}),
    ipv4: toggle({description: 'Give containers IPv4 addresses (default true)'}),
    ipv6: toggle({description: 'Give containers IPv6 addresses'}),
    label: list({description: 'Set metadata on the network'}),
    opt: list({char: 'o', helpValue: 'map', description: 'Set an option of the driver'}),
    scope: text({description: "Only 'local'"}),
    subnet: list({helpValue: 'cidr', description: 'A subnet; at most one IPv4 and one IPv6'}),
  };
  static override unsupported = {
    'config-from': 'crundle has no networks that are only configuration',
    'config-only': 'crundle has no networks that are only configuration',
    ingress: 'there is no swarm here',
    'ipam-opt': "the only address management driver is 'default', which has no options",
  };
  static override examples = [
    {description: 'One for two containers that talk', command: 'crundle network create app'},
    {
      description: 'With addresses of your choice',
      command: 'crundle network create --subnet 10.7.0.0/24 --ipv6 app',
    },
    {
      description: 'Containers as machines of your own network',
      command: 'crundle network create -d macvlan -o parent=eth0 --subnet 192.168.1.0/24 lan',
    },
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(NetworkCreate);
    checkOnly('scope', flags.scope, 'local');
    checkOnly('ipam-driver', flags['ipam-driver'], 'default');
    const subnets = ipamSubnets({
      subnets: flags.subnet ?? [],
      gateways: flags.gateway ?? [],
      ranges: flags['ip-range'] ?? [],
      auxAddresses: flags['aux-address'] ?? [],
    });
    const engine = await this.engine();
    const {id, warnings} = await engine.networks.create({
      name: args.network,
      driver: flags.driver ?? 'bridge',
      subnets,
      ...(flags.ipv4 !== undefined && {ipv4: flags.ipv4}),
      ...(flags.ipv6 !== undefined && {ipv6: flags.ipv6}),
      internal: flags.internal ?? false,
      attachable: flags.attachable ?? false,
      options: driverOptions(flags.opt ?? []),
      labels: parseLabels(flags.label ?? []),
    });
    for (const warning of warnings) writeError(`WARNING: ${warning}\n`);
    this.printLine(id);
  }
}

// Docker's: an option without a value has an empty one.
function driverOptions(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((option) => {
      const equals = option.indexOf('=');
      return equals === -1 ? [option, ''] : [option.slice(0, equals), option.slice(equals + 1)];
    }),
  );
}

function checkOnly(flag: string, value: string | undefined, only: string): void {
  if (value === undefined || value === only) return;
  throw new UsageError(`${flag} ${value} is not supported: there is only '${only}'`, {
    code: 'not-supported',
    exit: 1,
  });
}
