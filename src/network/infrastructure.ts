// What networks share on the host: bridges, forwarding, the detour, crundle's tables. Made when first needed, and made
// again from the records when it is gone: after a reboot, `nft flush ruleset`, or a deleted bridge.
import {type NetworkRecord, subnetOfFamily} from '../state/network-records.ts';
import {isRehearsal} from '../system/rehearsal.ts';
import {activeAttachments} from './attachments.ts';
import {checkKernelFeatures, explainNetworkFailure} from './firewall/kernel-features.ts';
import type {FirewallNetwork, FirewallState} from './firewall/ruleset.ts';
import {enableForwarding, ourForwarding} from './forwarding.ts';
import {bridgeStands, ensureBridge} from './links/bridge-links.ts';
import {reattachLinks, type WantedLinks} from './links/container-links.ts';
import {detourStands, ensureDetour} from './links/detour-links.ts';
import {bridgeAddresses, linksOf} from './links/endpoint-links.ts';
import {uplinkMtu} from './links/uplink.ts';
import {usesNameService} from './names/host-resolvers.ts';
import {redirectedDnsPort} from './names/name-service.ts';
import type {NetworkContext} from './network-context.ts';
import {withNetworkLock, withSharedNetworkLock} from './network-lock.ts';
import {allowsIcc, fixedMtu, masquerades} from './network-options.ts';
import {applyPublishPolicy} from './ports/open-publishing.ts';
import {allTargets} from './ports/published-targets.ts';

/**
 * Sees to it that these networks, and all that containers use, are there. Costs no process when they are. True when
 * something was missing. Throws what `ip` and `nft` say.
 */
export async function ensureInfrastructure(
  context: NetworkContext,
  networks: readonly NetworkRecord[],
): Promise<boolean> {
  const bridges = networks.filter(({driver}) => driver === 'bridge');
  if (bridges.length === 0 || (await isThere(context, bridges))) return false;
  return await withNetworkLock(context, async () => {
    if (await isThere(context, bridges)) return false;
    await rebuild(context, bridges);
    return true;
  });
}

/**
 * Runs `action` while these networks are there and stay: nobody takes them down or makes them anew meanwhile. Makes them
 * first when they are not.
 */
export async function withInfrastructure<T>(
  context: NetworkContext,
  networks: readonly NetworkRecord[],
  action: () => Promise<T>,
): Promise<T> {
  const bridges = networks.filter(({driver}) => driver === 'bridge');
  // In a rehearsal they are not there afterwards either.
  const attempts = isRehearsal() ? 1 : 10;
  for (let attempt = 0; ; attempt++) {
    const done = await withSharedNetworkLock(context, async () => {
      // Somebody may have taken them down between the two locks, but hardly again and again.
      if (attempt < attempts && bridges.length > 0 && !(await isThere(context, bridges))) return undefined;
      return {result: await action()};
    });
    if (done) return done.result;
    await ensureInfrastructure(context, networks);
  }
}

async function isThere(context: NetworkContext, bridges: readonly NetworkRecord[]): Promise<boolean> {
  const {publishPolicy} = context.config;
  return (
    bridges.every((network) => bridgeStands({name: network.bridge, addresses: bridgeAddresses(network)})) &&
    (publishPolicy === 'open' || detourStands()) &&
    (await context.firewall.isWhole(publishPolicy))
  );
}

/** Networks that a container holds an address of. */
export function networksInUse(context: NetworkContext): NetworkRecord[] {
  const ids = new Set(context.endpoints.listActive().map(({networkId}) => networkId));
  return [...ids].flatMap((id) => context.networks.get(id) ?? []);
}

/** Makes or mends the bridges of these and of all used networks, and writes the tables anew. The caller holds the lock. */
export async function rebuild(context: NetworkContext, wanted: readonly NetworkRecord[]): Promise<void> {
  const wish = {policy: context.config.publishPolicy};
  await checkKernelFeatures(context.config.runRoot, wish);
  try {
    await rebuildAll(context, wanted);
  } catch (error) {
    // A module may have gone with an upgrade since the kernel was looked at.
    throw await explainNetworkFailure(error, wish);
  }
}

async function rebuildAll(context: NetworkContext, wanted: readonly NetworkRecord[]): Promise<void> {
  const all = new Map([...networksInUse(context), ...wanted].map((network) => [network.id, network]));
  const bridges = [...all.values()].filter(({driver}) => driver === 'bridge');
  for (const network of bridges) await ensureNetworkBridge(context, network);
  await reattachLinks(await linksInUse(context));
  if (context.config.ipForward) enableForwarding(context.config.runRoot, {ipv6: bridges.some(hasIpv6)});
  if (context.config.publishPolicy === 'host') await ensureDetour();
  await context.firewall.rebuild(firewallState(context));
  await applyPublishPolicy(
    context,
    bridges.map(({bridge}) => bridge),
  );
}

async function ensureNetworkBridge(context: NetworkContext, network: NetworkRecord): Promise<void> {
  await ensureBridge({
    name: network.bridge,
    network: network.name,
    addresses: bridgeAddresses(network),
    mtu: fixedMtu(context, network) ?? (await uplinkMtu()),
    ipv6: hasIpv6(network),
  });
}

// The containers of a bridge that was deleted have kept their ends: they become ports of the new one.
async function linksInUse(context: NetworkContext): Promise<WantedLinks[]> {
  const wanted = context.endpoints.holders().map(async (id): Promise<WantedLinks[]> => {
    const container = context.containers.get(id);
    // The links of one that starts are being made by another command.
    return container?.status === 'running'
      ? [{container, links: await linksOf(context, activeAttachments(context, id))}]
      : [];
  });
  return (await Promise.all(wanted)).flat();
}

function hasIpv6({subnets}: NetworkRecord): boolean {
  return subnetOfFamily(subnets, 6) !== undefined;
}

/** All that the tables have to hold, from the records. */
export function firewallState(context: NetworkContext): FirewallState {
  const {config} = context;
  const dnsRedirectPort = redirectedDnsPort(config.runRoot);
  const bridges = context.networks.list('creating', 'ready').filter(({driver}) => driver === 'bridge');
  return {
    networks: bridges.map((network) => firewallNetwork(context, network)),
    ports: allTargets(context),
    policy: config.publishPolicy,
    dropForeignForward: ourForwarding(config.runRoot),
    ...(dnsRedirectPort !== undefined && {dnsRedirectPort}),
  };
}

function firewallNetwork(context: NetworkContext, network: NetworkRecord): FirewallNetwork {
  const {bridge, subnets, internal} = network;
  const gateway4 = subnetOfFamily(subnets, 4)?.gateway;
  const gateway6 = subnetOfFamily(subnets, 6)?.gateway;
  return {
    bridge,
    subnets: subnets.map(({subnet}) => subnet),
    internal,
    masquerade: masquerades(context, network) && !internal,
    icc: allowsIcc(context, network),
    names: usesNameService(network, context.config),
    ...(gateway4 !== undefined && {gateway4}),
    ...(gateway6 !== undefined && {gateway6}),
  };
}
