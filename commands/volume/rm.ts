import {DockerCommand} from '../../src/cli/docker-command.ts';
import {eachObject} from '../../src/cli/each-object.ts';
import {someArguments, toggle} from '../../src/cli/flag-kinds.ts';
import {isEngineError} from '../../src/errors.ts';

export default class VolumeRm extends DockerCommand {
  static override id = 'volume:rm';
  static override aliases = ['volume:remove'];
  static override group = 'volumes' as const;
  static override summary = 'Remove one or more volumes';
  static override description = 'A volume stays while a container mounts it, running or not.';
  static override args = {volume: someArguments('Name of a volume')};
  static override flags = {
    force: toggle({char: 'f', description: 'A missing volume is no failure'}),
  };
  static override examples = [{description: 'With all that is in it', command: 'crundle volume rm data'}];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(VolumeRm);
    const engine = await this.engine();
    return await eachObject(args.volume, async (volume) => {
      try {
        await engine.volumes.remove(volume);
      } catch (error) {
        if (!flags.force || !isEngineError(error, 'volume-not-found')) throw error;
      }
      this.printLine(volume);
    });
  }
}
