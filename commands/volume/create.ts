import {parseLabel} from '../../bundles/options/label.ts';
import {DockerCommand} from '../../src/cli/docker-command.ts';
import {optionalArgument, parsedList, text} from '../../src/cli/flag-kinds.ts';
import {UsageError} from '../../src/cli/usage-error.ts';

const noSwarm = 'there is no swarm here, whose volumes it is about';

export default class VolumeCreate extends DockerCommand {
  static override id = 'volume:create';
  static override group = 'volumes' as const;
  static override summary = 'Create a volume';
  static override description =
    'A volume keeps its files when containers come and go. Without a name it is an anonymous one. One that is there already stays as it is.';
  static override args = {volume: optionalArgument('Name of the new volume')};
  static override flags = {
    driver: text({char: 'd', description: "Only 'local'"}),
    label: parsedList('list', parseLabel)({description: 'Set metadata on the volume'}),
    name: text({description: 'Name of the new volume', hidden: true}),
  };
  static override unsupported = {
    opt: 'a volume is a folder of this machine; mount a device or a share on the host, and use it with -v /PATH:TARGET',
    availability: noSwarm,
    group: noSwarm,
    'limit-bytes': noSwarm,
    'required-bytes': noSwarm,
    scope: noSwarm,
    secret: noSwarm,
    sharing: noSwarm,
    'topology-preferred': noSwarm,
    'topology-required': noSwarm,
    type: noSwarm,
  };
  static override unsupportedChars = {o: 'opt'};
  static override examples = [
    {
      description: 'One that backups can tell by its label',
      command: 'crundle volume create --label backup=daily data',
    },
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(VolumeCreate);
    if (flags.name !== undefined && args.volume !== undefined) {
      throw new UsageError(
        'conflicting options: cannot specify a volume-name through both --name and as a positional arg',
        {exit: 1},
      );
    }
    // As under Docker, an empty name is none.
    const name = (args.volume ?? flags.name) || undefined;
    const engine = await this.engine();
    const volume = await engine.volumes.create({
      ...(name !== undefined && {name}),
      ...(flags.driver && {driver: flags.driver}),
      labels: Object.fromEntries(flags.label ?? []),
    });
    this.printLine(volume.name);
  }
}
