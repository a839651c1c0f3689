import {confirm} from '../../src/cli/confirm.ts';
import {DockerCommand} from '../../src/cli/docker-command.ts';
import {list, toggle} from '../../src/cli/flag-kinds.ts';
import {humanSize} from '../../src/cli/output/human-units.ts';
import {pruneFilters} from '../../src/cli/prune-filters.ts';
import {prunedImagesText} from '../../src/cli/pruned.ts';

export default class ImagePrune extends DockerCommand {
  static override id = 'image:prune';
  static override group = 'images' as const;
  static override summary = 'Remove unused images';
  static override description =
    'Unused is an image without a tag; with --all, every image that no container is made of. The space is what downloaded and unpacked layers took together.';
  static override flags = {
    all: toggle({char: 'a', description: 'Remove all unused images, not only those without a tag'}),
    filter: list({
      helpValue: 'filter',
      description: 'Remove only what matches: until=, label=, label!=, dangling=',
    }),
    force: toggle({char: 'f', description: 'Do not ask'}),
  };
  static override examples = [
    {description: 'Whatever no container needs', command: 'crundle image prune -a'},
  ];

  override async run(): Promise<undefined> {
    const {flags} = await this.parse(ImagePrune);
    const texts = flags.filter ?? [];
    const filters = pruneFilters(texts, ['until', 'label', 'label!', 'dangling']);
    const all = flags.all || texts.some((text) => /^\s*dangling\s*=\s*(false|0)\s*$/i.test(text));
    const warning = all
      ? 'WARNING! This will remove all images without at least one container associated to them.'
      : 'WARNING! This will remove all dangling images.';
    if (!flags.force && !confirm(warning)) return;
    const engine = await this.engine();
    const {removed, bytes} = await engine.images.prune({all, ...filters});
    this.print(prunedImagesText(removed));
    this.printLine(`Total reclaimed space: ${humanSize(bytes)}`);
  }
}
