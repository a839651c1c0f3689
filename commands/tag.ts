import {DockerCommand} from '../src/cli/docker-command.ts';
import {argument} from '../src/cli/flag-kinds.ts';

export default class Tag extends DockerCommand {
  static override id = 'tag';
  static override aliases = ['image:tag'];
  static override group = 'images' as const;
  static override summary = 'Give an image one more name';
  static override description =
    'Nothing is copied: both names mean the same image. An image that had the new name loses it, and stays.';
  static override args = {
    source: argument('Name, digest or id of an image'),
    target: argument('The new name, NAME[:TAG]'),
  };
  static override examples = [
    {description: 'Keep what is there under another tag', command: 'crundle tag app:latest app:before'},
  ];

  override async run(): Promise<undefined> {
    const {args} = await this.parse(Tag);
    const engine = await this.engine();
    await engine.images.tag(args.source, args.target);
  }
}
