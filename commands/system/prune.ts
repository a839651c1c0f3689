import {confirm} from '../../src/cli/confirm.ts';
import {DockerCommand} from '../../src/cli/docker-command.ts';
import {list, toggle} from '../../src/cli/flag-kinds.ts';
import {humanSize} from '../../src/cli/output/human-units.ts';
import {pruneFilters} from '../../src/cli/prune-filters.ts';
import {prunedImagesText, prunedText} from '../../src/cli/pruned.ts';
import {UsageError} from '../../src/cli/usage-error.ts';

export default class SystemPrune extends DockerCommand {
  static override id = 'system:prune';
  static override group = 'system' as const;
  static override summary = 'Remove what nobody uses: containers, networks, images';
  static override description =
    'Containers that do not run, networks that no container is attached to, images without a tag; with --all every image that no container is made of, with --volumes also anonymous volumes that no container mounts.';
  static override flags = {
    all: toggle({char: 'a', description: 'Remove all unused images, not only those without a tag'}),
    filter: list({helpValue: 'filter', description: 'Remove only what matches: until=, label=, label!='}),
    force: toggle({char: 'f', description: 'Do not ask'}),
    volumes: toggle({description: 'Remove unused anonymous volumes too'}),
  };
  static override examples = [
    {description: 'All that is older than a week', command: 'crundle system prune -a --filter until=168h'},
  ];

  override async run(): Promise<undefined> {
    const {flags} = await this.parse(SystemPrune);
    const {all = false, volumes = false, filter = []} = flags;
    const filters = pruneFilters(filter);
    if (volumes && filters.until !== undefined)
      throw new UsageError('the "until" filter is not supported with "--volumes"', {
        exit: 1,
        hint: 'volumes have no age: prune them by label',
      });
    if (!flags.force && !confirm(warning({all, volumes, filter}))) return;
    const engine = await this.engine();
    const pruned = await engine.prune({allImages: all, volumes, ...filters});
    this.print(prunedText('Containers', pruned.containers));
    this.print(prunedText('Networks', pruned.networks));
    this.print(prunedText('Volumes', pruned.volumes));
    this.print(prunedImagesText(pruned.images));
    this.printLine(`Total reclaimed space: ${humanSize(pruned.bytes)}`);
  }
}

// Docker's words, its build cache among them, although there is none here.
function warning({
  all,
  volumes,
  filter,
}: {
  all: boolean;
  volumes: boolean;
  filter: readonly string[];
}): string {
  const kinds = [
    'all stopped containers',
    'all networks not used by at least one container',
    ...(volumes ? ['all anonymous volumes not used by at least one container'] : []),
    all ? 'all images without at least one container associated to them' : 'all dangling images',
    all ? 'all build cache' : 'unused build cache',
  ];
  const items = (lines: readonly string[]) => lines.map((line) => `  - ${line}\n`).join('');
  const filtered =
    filter.length === 0 ? '' : `\n  Items to be pruned will be filtered with:\n${items([...filter].sort())}`;
  return `WARNING! This will remove:\n${items(kinds)}${filtered}`;
}
