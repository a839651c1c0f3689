import {DockerCommand} from '../src/cli/docker-command.ts';
import {argument, integer, list, text, toggle} from '../src/cli/flag-kinds.ts';
import {interruptible} from '../src/cli/interrupt.ts';
import {formatRows} from '../src/cli/output/format-rows.ts';
import {
  filterRepositories,
  repositoryHeaders,
  repositoryRow,
  repositoryTable,
} from '../src/cli/search-list.ts';

export default class Search extends DockerCommand {
  static override id = 'search';
  static override group = 'images' as const;
  static override summary = 'Search a registry for images';
  static override description =
    'Docker Hub by its own search; another registry, HOST[:PORT]/TERM, by its catalogue where it has one.';
  static override args = {term: argument('What to look for')};
  static override flags = {
    filter: list({
      char: 'f',
      helpValue: 'filter',
      description: 'Show only what matches: is-automated=, is-official=, stars=',
    }),
    format: text({description: "'json', 'table', a Go template, or 'table TEMPLATE'"}),
    limit: integer({description: 'At most so many (default 25, 100 at most)'}),
    'no-trunc': toggle({description: 'Do not cut descriptions'}),
  };
  static override examples = [
    {description: "What Docker's own people vouch for", command: 'crundle search -f is-official=true nginx'},
    {description: 'In a registry of your own', command: 'crundle search reg.example:5000/app'},
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Search);
    const select = filterRepositories(flags.filter ?? []);
    const engine = await this.engine();
    const {limit} = flags;
    const found = await interruptible((signal) =>
      engine.registries.search(args.term, {signal, ...(limit !== undefined && limit !== 0 && {limit})}),
    );
    const rows = found.filter(select).map((one) => repositoryRow(one, flags['no-trunc'] === true));
    const shape = {table: repositoryTable, headers: repositoryHeaders, format: flags.format};
    this.print(await formatRows(rows, shape));
  }
}
