import {DockerCommand} from '../src/cli/docker-command.ts';
import {argument, parsed, text, toggle} from '../src/cli/flag-kinds.ts';
import {parseTail} from '../src/cli/log-options.ts';
import {writeError, writeOut} from '../src/cli/output/standard-streams.ts';

export default class Logs extends DockerCommand {
  static override id = 'logs';
  static override aliases = ['container:logs'];
  static override summary = 'Fetch the logs of a container';
  static override description =
    'What the container wrote to standard output goes to standard output, and the same for standard error.';
  static override args = {container: argument('Name, id or beginning of the id')};
  static override flags = {
    follow: toggle({char: 'f', description: 'Go on until the container ends'}),
    since: text({description: "Show what came since a time ('2013-01-02T13:23:37Z') or a while ago ('42m')"}),
    tail: parsed(
      'string',
      parseTail,
    )({char: 'n', description: "Number of lines from the end (default 'all')"}),
    timestamps: toggle({char: 't', description: 'Put the time before each line'}),
    until: text({
      description: "Show what came before a time ('2013-01-02T13:23:37Z') or a while ago ('42m')",
    }),
  };
  static override unsupported = {details: 'extra attributes of log drivers are not built'};
  static override examples = [
    {description: 'The last ten lines, and what comes', command: 'crundle logs -f -n 10 web'},
    {description: 'What came in the last half hour', command: 'crundle logs --since 30m web'},
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Logs);
    const engine = await this.engine();
    const entries = engine.containers.logs(args.container, {
      follow: flags.follow ?? false,
      ...(flags.tail !== undefined && flags.tail !== 'all' && {tail: flags.tail}),
      ...(flags.since !== undefined && {since: flags.since}),
      ...(flags.until !== undefined && {until: flags.until}),
    });
    // A long line comes in several entries; only its first gets the time, and only its last the line feed.
    const goesOn = {stdout: false, stderr: false};
    for await (const {time, stream, line, partial} of entries) {
      const write = stream === 'stdout' ? writeOut : writeError;
      const head = flags.timestamps && !goesOn[stream] ? `${time} ` : '';
      write(Buffer.concat([Buffer.from(head), line, Buffer.from(partial ? '' : '\n')]));
      goesOn[stream] = partial;
    }
  }
}
