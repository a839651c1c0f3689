import {confirm} from '../../src/cli/confirm.ts';
import {DockerCommand} from '../../src/cli/docker-command.ts';
import {list, toggle} from '../../src/cli/flag-kinds.ts';
import {isTrue, parseFilter} from '../../src/cli/object-filters.ts';
import {humanSize} from '../../src/cli/output/human-units.ts';
import {pruneFilters} from '../../src/cli/prune-filters.ts';
import {prunedText} from '../../src/cli/pruned.ts';
import {UsageError} from '../../src/cli/usage-error.ts';

export default class VolumePrune extends DockerCommand {
  static override id = 'volume:prune';
  static override group = 'volumes' as const;
  static override summary = 'Remove unused volumes';
  static override description =
    'Unused is an anonymous volume that no container mounts, running or not; with --all a named one too.';
  static override flags = {
    all: toggle({char: 'a', description: 'Remove all unused volumes, not only anonymous ones'}),
    filter: list({helpValue: 'filter', description: 'Remove only what matches: label=, label!=, all='}),
    force: toggle({char: 'f', description: 'Do not ask'}),
  };
  static override examples = [
    {description: 'All but those to be kept', command: 'crundle volume prune -a --filter label!=keep'},
  ];

  override async run(): Promise<undefined> {
    const {flags} = await this.parse(VolumePrune);
    const texts = flags.filter ?? [];
    const filters = pruneFilters(texts, ['label', 'label!', 'all']);
    const wanted = texts.map((text) => parseFilter(text, '--filter')).filter(({key}) => key === 'all');
    if (flags.all && wanted.length > 0) {
      throw new UsageError('conflicting options: cannot specify both --all and --filter all=1', {exit: 1});
    }
    const warning = `WARNING! This will remove ${flags.all ? 'all' : 'anonymous'} local volumes not used by at least one container.`;
    if (!flags.force && !confirm(warning)) return;
    const engine = await this.engine();
    const all = flags.all || wanted.some(({value}) => isTrue(value));
    const {removed, bytes} = await engine.volumes.prune({all, ...filters});
    this.print(prunedText('Volumes', removed));
    this.printLine(`Total reclaimed space: ${humanSize(bytes)}`);
  }
}
