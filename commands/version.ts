import {DockerCommand} from '../src/cli/docker-command.ts';
import {text} from '../src/cli/flag-kinds.ts';

export default class Version extends DockerCommand {
  static override id = 'version';
  static override group = 'common' as const;
  static override summary = 'Show the version of crundle and of the programs it drives';
  static override flags = {format: text({char: 'f', description: 'Print with a Go template, or json'})};

  override async run(): Promise<void> {
    const {flags} = await this.parse(Version);
    this.printLine(`crundle ${flags.format ?? ''}`);
  }
}
