import {checkContentTrust} from '../bundles/options/refusals.ts';
import {DockerCommand} from '../src/cli/docker-command.ts';
import {argument, text, toggle} from '../src/cli/flag-kinds.ts';
import {hasTag} from '../src/cli/image-name.ts';
import {interruptible} from '../src/cli/interrupt.ts';
import {pullDisplay} from '../src/cli/output/pull-display.ts';
import {UsageError} from '../src/cli/usage-error.ts';

export default class Push extends DockerCommand {
  static override id = 'push';
  static override aliases = ['image:push'];
  static override group = 'common' as const;
  static override summary = 'Upload an image to a registry';
  static override description =
    'Layers that the registry has are not sent again, nor those that it has in another repository this image came from; an ' +
    'upload that broke off goes on where the registry has it. The manifest goes as it is, and keeps its digest.';
  static override args = {name: argument('NAME[:TAG]')};
  static override flags = {
    'all-tags': toggle({char: 'a', description: 'Push all tags of the repository that are here'}),
    'disable-content-trust': toggle({description: 'Skip signing, which crundle does not do (default true)'}),
    platform: text({description: 'Refuse an image for another platform than this os/architecture[/variant]'}),
    quiet: toggle({char: 'q', description: 'Print only the name of the image'}),
  };
  static override examples = [
    {
      description: 'Give an image a name in a registry, and send it there',
      command: 'crundle tag app reg.example:5000/app:1 && crundle push reg.example:5000/app:1',
    },
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Push);
    const {'all-tags': allTags = false, quiet = false, platform} = flags;
    checkContentTrust(flags['disable-content-trust'] ?? true);
    const {parseImageName} = await import('../src/engine.ts');
    const reference = parseImageName(args.name);
    if (allTags && hasTag(args.name)) throw new UsageError("tag can't be used with --all-tags/-a", {exit: 1});
    if (!quiet && !allTags && !hasTag(args.name)) this.printLine('Using default tag: latest');
    const engine = await this.engine();
    const pushed = await interruptible((signal) =>
      engine.images.push(args.name, {
        signal,
        allTags,
        ...(platform !== undefined && {platform}),
        ...(!quiet && {onProgress: pullDisplay(1)}),
      }),
    );
    if (!quiet) return;
    this.printLine(
      allTags ? `${reference.registry}/${reference.repository}` : (pushed[0]?.reference ?? args.name),
    );
  }
}
