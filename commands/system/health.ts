import {DockerCommand} from '../../src/cli/docker-command.ts';

/** What the start of a container with a health check leaves behind, once for the machine. */
export default class SystemHealth extends DockerCommand {
  static override id = 'system:health';
  static override hidden = true;
  static override summary = 'Probe the containers that have a health check, while there are any';

  override async run(): Promise<undefined> {
    await this.parse(SystemHealth);
    const engine = await this.engine();
    await engine.system.checkHealth();
  }
}
