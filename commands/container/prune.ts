import {confirm} from '../../src/cli/confirm.ts';
import {DockerCommand} from '../../src/cli/docker-command.ts';
import {list, toggle} from '../../src/cli/flag-kinds.ts';
import {humanSize} from '../../src/cli/output/human-units.ts';
import {pruneFilters} from '../../src/cli/prune-filters.ts';
import {prunedText} from '../../src/cli/pruned.ts';

export default class ContainerPrune extends DockerCommand {
  static override id = 'container:prune';
  static override summary = 'Remove all containers that do not run';
  static override description = 'Their volumes stay, the anonymous ones too.';
  static override flags = {
    filter: list({helpValue: 'filter', description: 'Remove only what matches: until=, label=, label!='}),
    force: toggle({char: 'f', description: 'Do not ask'}),
  };
  static override examples = [
    {description: 'Those made more than a day ago', command: 'crundle container prune --filter until=24h'},
  ];

  override async run(): Promise<undefined> {
    const {flags} = await this.parse(ContainerPrune);
    const filters = pruneFilters(flags.filter ?? []);
    if (!flags.force && !confirm('WARNING! This will remove all stopped containers.')) return;
    const engine = await this.engine();
    const {removed, bytes} = await engine.containers.prune(filters);
    this.print(prunedText('Containers', removed));
    this.printLine(`Total reclaimed space: ${humanSize(bytes)}`);
  }
}
