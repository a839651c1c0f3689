import {DockerCommand} from '../../src/cli/docker-command.ts';
import {list, text, toggle} from '../../src/cli/flag-kinds.ts';
import {formatRows} from '../../src/cli/output/format-rows.ts';
import {filterVolumes} from '../../src/cli/volume-filters.ts';
import {volumeHeaders, volumeRows, volumeTable} from '../../src/cli/volume-list.ts';

export default class VolumeLs extends DockerCommand {
  static override id = 'volume:ls';
  static override aliases = ['volume:list'];
  static override group = 'volumes' as const;
  static override summary = 'List volumes';
  static override flags = {
    filter: list({
      char: 'f',
      helpValue: 'filter',
      description: 'Show only what matches: dangling=, driver=, label=, name=',
    }),
    format: text({description: "'json', 'table', a Go template, or 'table TEMPLATE'"}),
    quiet: toggle({char: 'q', description: 'Print only names'}),
  };
  static override unsupported = {cluster: 'there is no swarm here'};
  static override examples = [
    {description: 'Those that no container mounts', command: 'crundle volume ls -f dangling=true'},
  ];

  override async run(): Promise<undefined> {
    const {flags} = await this.parse(VolumeLs);
    const engine = await this.engine();
    const rows = volumeRows(filterVolumes(await engine.volumes.list(), flags.filter ?? []));
    if (flags.quiet) this.print(rows.map((row) => `${row.Name}\n`).join(''));
    else
      this.print(await formatRows(rows, {table: volumeTable, headers: volumeHeaders, format: flags.format}));
  }
}
