import {DockerCommand} from '../../src/cli/docker-command.ts';
import {list, text, toggle} from '../../src/cli/flag-kinds.ts';
import {filterNetworks} from '../../src/cli/network-filters.ts';
import {networkHeaders, networkRow, networkTable} from '../../src/cli/network-list.ts';
import {formatRows} from '../../src/cli/output/format-rows.ts';

export default class NetworkLs extends DockerCommand {
  static override id = 'network:ls';
  static override aliases = ['network:list'];
  static override group = 'networks' as const;
  static override summary = 'List networks';
  static override flags = {
    filter: list({
      char: 'f',
      helpValue: 'filter',
      description: 'Show only what matches: dangling=, driver=, id=, label=, name=, scope=, type=',
    }),
    format: text({description: "'json', 'table', a Go template, or 'table TEMPLATE'"}),
    'no-trunc': toggle({description: 'Print whole ids'}),
    quiet: toggle({char: 'q', description: 'Print only ids'}),
  };
  static override examples = [
    {description: 'Those that no container is on', command: 'crundle network ls -f dangling=true'},
  ];

  override async run(): Promise<undefined> {
    const {flags} = await this.parse(NetworkLs);
    const engine = await this.engine();
    const networks = filterNetworks(await engine.networks.list(), flags.filter ?? []);
    const rows = networks.map((network) => networkRow(network, {truncate: !flags['no-trunc']}));
    if (flags.quiet) this.print(rows.map((row) => `${row.ID}\n`).join(''));
    else
      this.print(
        await formatRows(rows, {table: networkTable, headers: networkHeaders, format: flags.format}),
      );
  }
}
