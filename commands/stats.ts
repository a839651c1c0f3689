import {DockerCommand} from '../src/cli/docker-command.ts';
import {anyArguments, text, toggle} from '../src/cli/flag-kinds.ts';
import {formatRows, type Row} from '../src/cli/output/format-rows.ts';
import {statsHeaders, statsRow, statsTable} from '../src/cli/stats-list.ts';
import type {ContainerStats} from '../src/engine.ts';

export default class Stats extends DockerCommand {
  static override id = 'stats';
  static override aliases = ['container:stats'];
  static override summary = 'Show what containers use of CPU, memory, network and disks';
  static override description =
    'A screen twice a second until ctrl-C, or one look with --no-stream. CPU % is of one CPU: 200% when two are busy. Memory is ' +
    'without the page cache that goes first when memory is short.';
  static override args = {
    container: anyArguments('Names, ids or beginnings of ids; default: those that run'),
  };
  static override flags = {
    all: toggle({char: 'a', description: 'Show all containers, not only those that run'}),
    format: text({description: "'json', 'table', a Go template, or 'table TEMPLATE'"}),
    'no-stream': toggle({description: 'Look once, for half a second, and end'}),
    'no-trunc': toggle({description: 'Print whole ids'}),
  };
  static override examples = [
    {
      description: 'Who uses the memory?',
      command: "crundle stats --no-stream --format '{{.MemPerc}} {{.Name}}' | sort -rn",
    },
    {description: 'Watch two containers', command: 'crundle stats web db'},
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Stats);
    const engine = await this.engine();
    // By the words of the line, each once: two may name the same container.
    const idOf = new Map<string, string>();
    for (const word of args.container ?? []) idOf.set(word, (await engine.containers.inspect(word)).Id);
    const rounds = engine.containers.stats({
      ...(idOf.size > 0 && {containers: [...new Set(idOf.values())]}),
      all: flags.all ?? false,
    });
    for await (const stats of rounds) {
      const rows = rowsOf(stats, {idOf, truncate: !flags['no-trunc']});
      const shown = await formatRows(rows, {table: statsTable, headers: statsHeaders, format: flags.format});
      if (flags['no-stream']) {
        this.print(shown);
        return;
      }
      this.print(clearedScreen + shown);
    }
  }
}

function rowsOf(
  stats: readonly ContainerStats[],
  {idOf, truncate}: {idOf: ReadonlyMap<string, string>; truncate: boolean},
): Row[] {
  if (idOf.size === 0) return stats.map((one) => statsRow(one, {truncate}));
  return [...idOf].flatMap(([asked, id]) =>
    stats.filter((one) => one.id === id).map((one) => statsRow(one, {asked, truncate})),
  );
}

// Docker clears the screen before each, wherever its output goes.
const clearedScreen = '\u001b[2J\u001b[H';
