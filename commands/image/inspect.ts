import {DockerCommand} from '../../src/cli/docker-command.ts';
import {eachObject} from '../../src/cli/each-object.ts';
import {someArguments, text} from '../../src/cli/flag-kinds.ts';
import {imageInspect} from '../../src/cli/image-inspect.ts';
import {inspectedText} from '../../src/cli/inspected.ts';

export default class ImageInspect extends DockerCommand {
  static override id = 'image:inspect';
  static override group = 'images' as const;
  static override summary = 'Show everything about images, as JSON';
  static override description = "Field names and types are those of Docker's API.";
  static override args = {image: someArguments('Name, digest, id or beginning of the id')};
  static override flags = {format: text({char: 'f', description: "'json', or a Go template"})};
  static override unsupported = {
    platform: 'each platform of an image is an image of its own here; inspect it by id',
  };
  static override examples = [
    {description: 'What runs in it', command: "crundle image inspect -f '{{json .Config.Cmd}}' alpine"},
  ];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(ImageInspect);
    const engine = await this.engine();
    const found: unknown[] = [];
    const exitCode = await eachObject(args.image, async (image) => {
      found.push(imageInspect(await engine.images.get(image)));
    });
    this.print(await inspectedText(found, flags.format));
    return exitCode;
  }
}
