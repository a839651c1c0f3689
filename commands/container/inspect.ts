import {DockerCommand} from '../../src/cli/docker-command.ts';
import {eachObject} from '../../src/cli/each-object.ts';
import {someArguments, text, toggle} from '../../src/cli/flag-kinds.ts';
import {inspectedText} from '../../src/cli/inspected.ts';

export default class ContainerInspect extends DockerCommand {
  static override id = 'container:inspect';
  static override summary = 'Show everything about containers, as JSON';
  static override description = "Field names and types are those of Docker's API.";
  static override args = {container: someArguments('Name, id or beginning of the id')};
  static override flags = {
    format: text({char: 'f', description: "'json', or a Go template"}),
    size: toggle({char: 's', description: 'Show how much it has written (SizeRw), and that and its image'}),
  };
  static override examples = [
    {description: 'Its exit code', command: "crundle container inspect -f '{{.State.ExitCode}}' job"},
  ];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(ContainerInspect);
    const engine = await this.engine();
    const found: unknown[] = [];
    const exitCode = await eachObject(args.container, async (container) => {
      found.push(await engine.containers.inspect(container, {sizes: flags.size ?? false}));
    });
    this.print(await inspectedText(found, flags.format));
    return exitCode;
  }
}
