import {DockerCommand} from '../../src/cli/docker-command.ts';
import {systemListener} from '../../src/cli/system-listener.ts';

export default class SystemStart extends DockerCommand {
  static override id = 'system:start';
  static override group = 'system' as const;
  static override summary = 'Bring back networks and containers after a boot';
  static override description =
    'Starts the containers whose restart policy says so: always; unless-stopped, if no person has stopped them; on-failure, if ' +
    'they failed. What runs is left alone. crundle.service calls it at boot. A container that cannot be started is told of, and ' +
    'tried again as its policy says.';
  static override examples = [
    {description: 'What crundle.service does at boot', command: 'crundle system start'},
  ];

  override async run(): Promise<number> {
    await this.parse(SystemStart);
    const engine = await this.engine();
    const listener = systemListener((name) => this.printLine(name));
    await engine.system.start(listener);
    return listener.exitCode();
  }
}
