import {DockerCommand} from '../src/cli/docker-command.ts';
import {text} from '../src/cli/flag-kinds.ts';
import {infoText} from '../src/cli/info-text.ts';
import {formatValue} from '../src/cli/output/format-value.ts';
import {writeError} from '../src/cli/output/standard-streams.ts';

export default class Info extends DockerCommand {
  static override id = 'info';
  static override aliases = ['system:info'];
  static override group = 'common' as const;
  static override summary = 'Show the machine as crundle sees it, and what its store holds';
  static override description =
    'Warnings say what this machine lacks for containers, and what follows from that.';
  static override flags = {format: text({char: 'f', description: "'json', or a Go template"})};
  static override examples = [{description: 'One fact', command: "crundle info -f '{{.CgroupVersion}}'"}];

  override async run(): Promise<undefined> {
    const {flags} = await this.parse(Info);
    const engine = await this.engine();
    const info = await engine.info();
    if (flags.format !== undefined) {
      this.printLine(await formatValue(info, flags.format));
      return;
    }
    this.print(infoText(info));
    for (const warning of info.Warnings) writeError(`WARNING: ${warning}\n`);
  }
}
