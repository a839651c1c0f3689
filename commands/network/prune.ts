import {confirm} from '../../src/cli/confirm.ts';
import {DockerCommand} from '../../src/cli/docker-command.ts';
import {list, toggle} from '../../src/cli/flag-kinds.ts';
import {pruneFilters} from '../../src/cli/prune-filters.ts';
import {prunedText} from '../../src/cli/pruned.ts';

export default class NetworkPrune extends DockerCommand {
  static override id = 'network:prune';
  static override group = 'networks' as const;
  static override summary = 'Remove all unused networks';
  static override description =
    'Unused is a network that no container is attached to. A stopped container counts: its next start needs the network.';
  static override flags = {
    filter: list({helpValue: 'filter', description: 'Remove only what matches: until=, label=, label!='}),
    force: toggle({char: 'f', description: 'Do not ask'}),
  };
  static override examples = [
    {
      description: 'Those that nobody has used for a day, without a question',
      command: 'crundle network prune --force --filter until=24h',
    },
  ];

  override async run(): Promise<undefined> {
    const {flags} = await this.parse(NetworkPrune);
    const filters = pruneFilters(flags.filter ?? []);
    const warning = 'WARNING! This will remove all custom networks not used by at least one container.';
    if (!flags.force && !confirm(warning)) return;
    const engine = await this.engine();
    const removed = await engine.networks.prune(filters);
    this.print(prunedText('Networks', removed));
  }
}
