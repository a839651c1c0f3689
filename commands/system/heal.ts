import {DockerCommand} from '../../src/cli/docker-command.ts';
import {systemListener} from '../../src/cli/system-listener.ts';

/** What systemd runs when a conmon was killed. */
export default class SystemHeal extends DockerCommand {
  static override id = 'system:heal';
  static override hidden = true;
  static override summary = 'Finish what killed processes have left';

  override async run(): Promise<number> {
    await this.parse(SystemHeal);
    const engine = await this.engine();
    const listener = systemListener();
    await engine.system.heal(listener);
    return listener.exitCode();
  }
}
