import {DockerCommand} from '../../src/cli/docker-command.ts';

export default class NetworkReload extends DockerCommand {
  static override id = 'network:reload';
  static override group = 'networks' as const;
  static override summary = "Make the host's bridges, rules and names of containers anew";
  static override description =
    "After 'nft flush ruleset', a deleted bridge or a restarted firewall. The next command that needs a network does the same.";
  static override examples = [
    {
      description: 'After the firewall was started anew',
      command: 'systemctl restart nftables && crundle network reload',
    },
  ];

  override async run(): Promise<undefined> {
    await this.parse(NetworkReload);
    const engine = await this.engine();
    await engine.networks.reload();
  }
}
