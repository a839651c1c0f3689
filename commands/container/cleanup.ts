import {DockerCommand} from '../../src/cli/docker-command.ts';
import {argument} from '../../src/cli/flag-kinds.ts';

/** What conmon runs when a container ends. */
export default class ContainerCleanup extends DockerCommand {
  static override id = 'container:cleanup';
  static override hidden = true;
  static override summary = 'Clean up after a container that has ended';
  static override args = {id: argument('Whole id of the container')};

  override async run(): Promise<undefined> {
    const {args} = await this.parse(ContainerCleanup);
    const engine = await this.engine();
    await engine.containers.cleanup(args.id);
  }
}
