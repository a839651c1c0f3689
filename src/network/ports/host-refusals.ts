// What the host's own firewall keeps from the containers of a network, in words for a person.
import type {NetworkRecord} from '../../state/network-records.ts';
import {hostFirewallWarnings} from '../host-firewall/warnings.ts';
import {usesNameService} from '../names/host-resolvers.ts';
import type {NetworkContext} from '../network-context.ts';

/**
 * One line for each thing that is refused to all of a network's containers, with the command that lets it through. Nothing
 * under `publish-policy: open`, where crundle opens the way itself. Reads the host's rules: one `nft`, or a little more.
 */
export async function refusedByHost(
  {config}: Pick<NetworkContext, 'config'>,
  networks: readonly NetworkRecord[],
): Promise<string[]> {
  const bridges = networks.filter(({driver}) => driver === 'bridge');
  if (bridges.length === 0 || config.publishPolicy === 'open') return [];
  const watched = bridges.map((network) => ({
    name: network.name,
    bridge: network.bridge,
    gateways: network.subnets.flatMap(({gateway}) => gateway ?? []),
    internal: network.internal,
    names: usesNameService(network, config),
    ports: [],
  }));
  const warnings = await hostFirewallWarnings(watched, config.publishPolicy);
  return warnings.map(({message, command}) => `${message}; to let it through: ${command}`);
}
