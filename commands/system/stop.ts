import {DockerCommand} from '../../src/cli/docker-command.ts';
import {toggle} from '../../src/cli/flag-kinds.ts';
import {systemListener} from '../../src/cli/system-listener.ts';

export default class SystemStop extends DockerCommand {
  static override id = 'system:stop';
  static override group = 'system' as const;
  static override summary = 'Stop all containers, as at a shutdown';
  static override description =
    "Each has its own stop timeout, or the configuration's. They count as not stopped by a person: 'crundle system start' " +
    'brings back those whose restart policy says so.';
  static override flags = {
    networks: toggle({
      description: "Afterwards remove bridges, rules and all else of crundle's networks from the host",
    }),
  };
  static override examples = [
    {
      description: 'Leave nothing of crundle on the host but its files',
      command: 'crundle system stop --networks',
    },
  ];

  override async run(): Promise<number> {
    const {flags} = await this.parse(SystemStop);
    const engine = await this.engine();
    const listener = systemListener((name) => this.printLine(name));
    await engine.system.stop(listener, {networks: flags.networks ?? false});
    return listener.exitCode();
  }
}
