import {DockerCommand} from '../src/cli/docker-command.ts';
import {list, optionalArgument, text, toggle} from '../src/cli/flag-kinds.ts';
import {filterImages} from '../src/cli/image-filters.ts';
import {imageHeaders, imageRows, imageTable} from '../src/cli/image-list.ts';
import {formatRows} from '../src/cli/output/format-rows.ts';

export default class Images extends DockerCommand {
  static override id = 'images';
  static override aliases = ['image:ls', 'image:list'];
  static override group = 'common' as const;
  static override summary = 'List images';
  static override description =
    'An image has a row for each of its names. Sizes are those of the unpacked layers.';
  static override args = {repository: optionalArgument('REPOSITORY[:TAG]')};
  static override flags = {
    all: toggle({char: 'a', description: 'Show all images; crundle keeps no intermediate ones to hide'}),
    digests: toggle({description: 'Show digests'}),
    filter: list({
      char: 'f',
      helpValue: 'filter',
      description: 'Show only what matches: before=, dangling=, label=, reference=, since=, until=',
    }),
    format: text({description: "'json', 'table', a Go template, or 'table TEMPLATE'"}),
    'no-trunc': toggle({description: 'Print whole ids'}),
    quiet: toggle({char: 'q', description: 'Print only ids'}),
  };
  static override unsupported = {tree: 'each platform of an image is an image of its own here'};
  static override examples = [
    {description: 'Images of one repository', command: 'crundle images registry.example/app'},
    {
      description: 'Names and ids for a script',
      command: "crundle images --format '{{.Repository}}:{{.Tag}} {{.ID}}'",
    },
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Images);
    const engine = await this.engine();
    const byName = args.repository === undefined ? [] : [`reference=${args.repository}`];
    const images = await filterImages(
      await engine.images.list(),
      [...(flags.filter ?? []), ...byName],
      async (name) => (await engine.images.get(name)).createdAt ?? new Date(0),
    );
    // As under Docker, a template that asks for digests needs no flag.
    const digests = flags.digests || (flags.format?.includes('{{.Digest}}') ?? false);
    const rows = imageRows(images, {truncate: !flags['no-trunc'], digests});
    if (flags.quiet) {
      this.print(rows.map((row) => `${row.ID}\n`).join(''));
      return;
    }
    const table = imageTable({digests: flags.digests ?? false});
    this.print(await formatRows(rows, {table, headers: imageHeaders, format: flags.format}));
  }
}
