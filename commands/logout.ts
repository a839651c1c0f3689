import {DockerCommand} from '../src/cli/docker-command.ts';
import {optionalArgument} from '../src/cli/flag-kinds.ts';
import {writeError} from '../src/cli/output/standard-streams.ts';

export default class Logout extends DockerCommand {
  static override id = 'logout';
  static override group = 'images' as const;
  static override summary = 'Log out from a registry';
  static override description = "Without a server it is Docker Hub's.";
  static override args = {server: optionalArgument('Registry, as HOST[:PORT]')};
  static override examples = [{description: 'Forget a token', command: 'crundle logout ghcr.io'}];

  override async run(): Promise<undefined> {
    const {args} = await this.parse(Logout);
    const engine = await this.engine();
    const {name, failures} = await engine.registries.logOut(args.server || undefined);
    this.printLine(`Removing login credentials for ${name}`);
    if (failures.size === 0) return;
    writeError('WARNING: could not erase credentials:\n');
    for (const [key, error] of failures) writeError(`${key}: ${error.message}\n`);
  }
}
