import {DockerCommand} from '../src/cli/docker-command.ts';
import {eachObject} from '../src/cli/each-object.ts';
import {someArguments, toggle} from '../src/cli/flag-kinds.ts';
import type {ErrorCode} from '../src/errors.ts';

export default class Rmi extends DockerCommand {
  static override id = 'rmi';
  static override aliases = ['image:rm', 'image:remove'];
  static override group = 'images' as const;
  static override summary = 'Remove one or more images';
  static override description =
    'A name is taken away; with its last name the image goes, and the layers that no other image needs.';
  static override args = {image: someArguments('Name, digest or id')};
  static override flags = {
    force: toggle({char: 'f', description: 'Remove the image even if stopped containers use it'}),
    'no-prune': toggle({description: 'Accepted for scripts: crundle has no untagged parents to delete'}),
  };
  static override unsupported = {
    platform: 'each platform of an image is an image of its own here; remove it by id',
  };
  static override examples = [
    {description: 'By name, and by id', command: 'crundle rmi alpine:3 05455a08881e'},
  ];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(Rmi);
    const engine = await this.engine();
    const force = flags.force ?? false;
    const forgiven: ErrorCode[] = force ? ['image-not-found'] : [];
    return await eachObject(
      args.image,
      async (image) => {
        const {untagged, deleted} = await engine.images.remove(image, {force});
        for (const name of untagged) this.printLine(`Untagged: ${name}`);
        for (const digest of deleted) this.printLine(`Deleted: ${digest}`);
      },
      forgiven,
    );
  }
}
