import {filterContainers, filtersNeedAll} from '../src/cli/container-filters.ts';
import {containerHeaders, containerRow, containerTable} from '../src/cli/container-list.ts';
import {DockerCommand} from '../src/cli/docker-command.ts';
import {integer, list, text, toggle} from '../src/cli/flag-kinds.ts';
import {formatRows} from '../src/cli/output/format-rows.ts';

export default class Ps extends DockerCommand {
  static override id = 'ps';
  static override aliases = ['container:ls', 'container:list', 'container:ps'];
  static override group = 'common' as const;
  static override summary = 'List containers';
  static override description =
    'Liveness is asked of the kernel: a container that ended while nobody looked shows so.';
  static override flags = {
    all: toggle({char: 'a', description: 'Show all containers, not only those that run'}),
    filter: list({
      char: 'f',
      helpValue: 'filter',
      description: 'Show only what matches, such as name=, status=, label=',
    }),
    format: text({description: "'json', 'table', a Go template, or 'table TEMPLATE'"}),
    last: integer({char: 'n', description: 'Show the n last created containers, whatever their state'}),
    latest: toggle({char: 'l', description: 'Show the last created container, whatever its state'}),
    'no-trunc': toggle({description: 'Print whole ids and commands'}),
    quiet: toggle({char: 'q', description: 'Print only ids'}),
    size: toggle({char: 's', description: 'Show how much each has written, and that and its image'}),
  };
  static override examples = [
    {
      description: 'Remove every container that has ended',
      command: 'crundle rm $(crundle ps -aq -f status=exited)',
    },
    {description: 'Those whose health check fails', command: 'crundle ps --filter health=unhealthy'},
    {description: 'Names and states only', command: "crundle ps -a --format '{{.Names}}: {{.Status}}'"},
  ];

  override async run(): Promise<undefined> {
    const {flags} = await this.parse(Ps);
    const engine = await this.engine();
    const last = flags.latest ? 1 : (flags.last ?? -1);
    const filters = flags.filter ?? [];
    const all = flags.all || last > 0 || filtersNeedAll(filters);
    const sizes = flags.size || /\.Size\b/.test(flags.format ?? '');
    const containers = await engine.containers.list({sizes});
    const asked = all
      ? containers
      : containers.filter(({status}) => ['running', 'paused', 'restarting'].includes(status));
    const found = filterContainers(asked, filters, containers);
    const shown = last > 0 ? found.slice(0, last) : found;
    const rows = shown.map((container) => containerRow(container, {truncate: !flags['no-trunc']}));
    if (flags.quiet) this.print(rows.map((row) => `${row.ID}\n`).join(''));
    else
      this.print(
        await formatRows(rows, {
          table: containerTable({sizes: flags.size ?? false}),
          headers: containerHeaders,
          format: flags.format,
        }),
      );
  }
}
