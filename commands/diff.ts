import {DockerCommand} from '../src/cli/docker-command.ts';
import {argument} from '../src/cli/flag-kinds.ts';
import {oneLine} from '../src/cli/output/others-words.ts';
import {isTerminal} from '../src/cli/output/standard-streams.ts';

const letters = {added: 'A', changed: 'C', deleted: 'D'};

export default class Diff extends DockerCommand {
  static override id = 'diff';
  static override aliases = ['container:diff'];
  static override summary = 'List what a container has changed of its image';
  static override description =
    'One line a file or folder, by path: A for added, C for changed, D for deleted. What is in volumes and other mounts is not looked at.';
  static override args = {container: argument('Name, id or beginning of the id')};
  static override examples = [
    {description: 'What would be lost with the container?', command: 'crundle diff web'},
  ];

  override async run(): Promise<undefined> {
    const {args} = await this.parse(Diff);
    const engine = await this.engine();
    const changes = await engine.changes.list(args.container);
    const terminal = isTerminal(1);
    this.print(changes.map(({kind, path}) => `${letters[kind]} ${oneLine(path, terminal)}\n`).join(''));
  }
}
