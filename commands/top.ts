import {DockerCommand} from '../src/cli/docker-command.ts';
import {anyArguments, argument} from '../src/cli/flag-kinds.ts';
import {alignColumns} from '../src/cli/output/table.ts';

export default class Top extends DockerCommand {
  static override id = 'top';
  static override aliases = ['container:top'];
  static override summary = 'Display the running processes of a container';
  static override description =
    'What stands after the container are options of ps, which must show the column PID (default -ef). PIDs are those of the host.';
  static override args = {
    container: argument('Name, id or beginning of the id'),
    options: anyArguments('Options of ps'),
  };
  static override stopsAtFirstArgument = true;
  static override examples = [
    {description: 'Who uses the memory?', command: 'crundle top web -o pid,rss,args'},
  ];

  override async run(): Promise<undefined> {
    const {args} = await this.parse(Top);
    const engine = await this.engine();
    const {titles, processes} = await engine.containers.top(args.container, args.options ?? []);
    this.print(alignColumns([titles, ...processes], {leastWidth: 20}));
  }
}
