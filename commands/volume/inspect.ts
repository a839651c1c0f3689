import {DockerCommand} from '../../src/cli/docker-command.ts';
import {eachObject} from '../../src/cli/each-object.ts';
import {someArguments, text} from '../../src/cli/flag-kinds.ts';
import {inspectedText} from '../../src/cli/inspected.ts';
import {volumeInspect} from '../../src/cli/volume-list.ts';

export default class VolumeInspect extends DockerCommand {
  static override id = 'volume:inspect';
  static override group = 'volumes' as const;
  static override summary = 'Show everything about volumes, as JSON';
  static override description = "Field names and types are those of Docker's API.";
  static override args = {volume: someArguments('Name of a volume')};
  static override flags = {format: text({char: 'f', description: "'json', or a Go template"})};
  static override examples = [
    {description: 'Where its files are', command: "crundle volume inspect -f '{{.Mountpoint}}' data"},
  ];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(VolumeInspect);
    const engine = await this.engine();
    const found: unknown[] = [];
    const exitCode = await eachObject(args.volume, async (volume) => {
      found.push(volumeInspect(await engine.volumes.inspect(volume)));
    });
    this.print(await inspectedText(found, flags.format));
    return exitCode;
  }
}
