import {DockerCommand} from '../../src/cli/docker-command.ts';
import {argument, toggle} from '../../src/cli/flag-kinds.ts';
import {interruptible} from '../../src/cli/interrupt.ts';
import {manifestText} from '../../src/cli/manifest-text.ts';

export default class ManifestInspect extends DockerCommand {
  static override id = 'manifest:inspect';
  static override group = 'images' as const;
  static override summary = 'Show what a registry has under a name, without pulling it';
  static override description =
    'The manifest as the registry has it, or the platforms of an index. Also of what is no image.';
  static override args = {name: argument('NAME[:TAG|@DIGEST]')};
  static override flags = {
    insecure: toggle({description: 'Take plain HTTP and any certificate from this registry'}),
    verbose: toggle({char: 'v', description: 'Also the manifests of all platforms, and what they are'}),
  };
  static override examples = [
    {description: 'Which platforms an image is there for', command: 'crundle manifest inspect alpine'},
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(ManifestInspect);
    const {insecure: isInsecure = false, verbose = false} = flags;
    const engine = await this.engine();
    const found = await interruptible((signal) =>
      engine.registries.manifest(args.name, {details: verbose, isInsecure, signal}),
    );
    this.printLine(manifestText(found, verbose));
  }
}
