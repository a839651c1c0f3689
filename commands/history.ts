import {DockerCommand} from '../src/cli/docker-command.ts';
import {argument, text, toggle} from '../src/cli/flag-kinds.ts';
import {historyHeaders, historyRows, historyTable} from '../src/cli/history-list.ts';
import {formatRows} from '../src/cli/output/format-rows.ts';
import {isTerminal} from '../src/cli/output/standard-streams.ts';

export default class History extends DockerCommand {
  static override id = 'history';
  static override aliases = ['image:history'];
  static override group = 'images' as const;
  static override summary = 'Show how an image was made';
  static override description =
    'One line a step, the last one first. A step that changed no file has no size; <missing> stands for the images in between, which are not kept.';
  static override args = {image: argument('Name, digest or id of an image')};
  static override flags = {
    format: text({description: "'json', 'table', a Go template, or 'table TEMPLATE'"}),
    human: toggle({char: 'H', description: 'Print sizes and times for people (default true)'}),
    'no-trunc': toggle({description: 'Print whole ids and commands'}),
    quiet: toggle({char: 'q', description: 'Print only ids'}),
  };
  static override unsupported = {platform: 'each platform of an image is an image of its own here'};
  static override examples = [
    {
      description: 'Which step made the image so large?',
      command: "crundle history --format '{{.Size}} {{.CreatedBy}}' app",
    },
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(History);
    const engine = await this.engine();
    const human = flags.human ?? true;
    const rows = historyRows(await engine.images.history(args.image), {
      truncate: !flags['no-trunc'],
      human,
      isTerminal: isTerminal(1),
    });
    if (flags.quiet) this.print(rows.map((row) => `${row.ID}\n`).join(''));
    else
      this.print(
        await formatRows(rows, {table: historyTable({human}), headers: historyHeaders, format: flags.format}),
      );
  }
}
