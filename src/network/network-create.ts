// Making a network: its row says what is meant, then its bridge and rules are made, then the row says that it is ready.
import {randomBytes} from 'node:crypto';
import {EngineError} from '../errors.ts';
import {type NetworkRecord, networkNameInUse, type Subnet, subnetOfFamily} from '../state/network-records.ts';
import {rebuild} from './infrastructure.ts';
import {interfaceNames} from './links/bridge-links.ts';
import type {NetworkContext} from './network-context.ts';
import {networkEvent} from './network-event.ts';
import {withNetworkLock} from './network-lock.ts';
import {optionKeys} from './network-options.ts';
import {finishRemoval, settleLocked} from './network-remove.ts';
import {checkDriver, checkName, checkOptions, checkParent, type NetworkRequest} from './network-request.ts';
import {
  checkHostAddresses,
  checkOtherNetworks,
  checkSubnets,
  chosenSubnet4,
  chosenSubnet6,
  withGateway,
} from './subnets/network-subnets.ts';

/**
 * Makes a network with its bridge. On failure nothing of it is left; after a kill the next command undoes it. `warnings`
 * name options without effect. Throws EngineError 'invalid-option', 'not-supported', 'network-name-in-use',
 * 'address-unavailable', and what `ip` and `nft` say.
 */
export async function createNetwork(
  context: NetworkContext,
  request: NetworkRequest,
): Promise<{network: NetworkRecord; warnings: string[]}> {
  checkName(request.name);
  const driver = checkDriver(request.driver ?? 'bridge');
  const warnings = checkOptions(driver, request.options ?? {});
  checkFamilies(request);
  checkSubnets(request.subnets ?? []);
  return await withNetworkLock(context, async () => {
    await settleLocked(context);
    const network = await newRecord(context, request, driver);
    context.networks.insert(network);
    try {
      if (driver === 'bridge') await rebuild(context, [network]);
      context.networks.move(network.id, 'ready');
    } catch (error) {
      await undo(context, network);
      throw error;
    }
    context.tell(networkEvent('create', network));
    return {network: {...network, status: 'ready'}, warnings};
  });
}

// What cannot be undone either stays in its row for the next command; the first failure is the one to tell.
async function undo(context: NetworkContext, network: NetworkRecord): Promise<void> {
  await finishRemoval(context, network).catch(() => undefined);
}

function checkFamilies({ipv4 = true, ipv6, subnets = []}: NetworkRequest): void {
  const has = (family: 4 | 6) => subnetOfFamily(subnets, family) !== undefined;
  if (!ipv4 && !ipv6 && !has(6)) throw refused('IPv4 or IPv6 must be enabled');
  if (!ipv4 && has(4)) throw refused('an IPv4 subnet is given, and --ipv4=false');
  if (ipv6 === false && has(6)) throw refused('an IPv6 subnet is given, and --ipv6=false');
}

async function newRecord(
  context: NetworkContext,
  request: NetworkRequest,
  driver: 'bridge' | 'macvlan',
): Promise<NetworkRecord> {
  const {name, options = {}, labels = {}, internal = false, attachable = false} = request;
  const id = randomBytes(32).toString('hex');
  if (context.networks.findByName(name)) throw networkNameInUse(name);
  const bridge = driver === 'bridge' ? (options[optionKeys.bridgeName] ?? `cr-${id.slice(0, 12)}`) : '';
  const parent = driver === 'macvlan' ? checkParent(options[optionKeys.parent], interfaceNames()) : undefined;
  checkLinkIsFree(context, {name, bridge, parent});
  const subnets = await subnetsFor(context, request, driver);
  return {
    id,
    name,
    createdAt: new Date(),
    status: 'creating',
    driver,
    bridge,
    parent,
    subnets,
    internal,
    attachable,
    options: {...options},
    labels: {...labels},
  };
}

function checkLinkIsFree(
  {networks, config}: NetworkContext,
  {name, bridge, parent}: Pick<NetworkRecord, 'name' | 'bridge' | 'parent'>,
): void {
  if (bridge !== '' && bridge === config.bridge) {
    throw refused(`cannot create network ${name}: ${bridge} is the bridge of the default network`);
  }
  for (const other of networks.list()) {
    if (bridge !== '' && other.bridge === bridge) {
      throw refused(
        `cannot create network ${name} (${bridge}): conflicts with network ${other.name} (${bridge}): networks have same bridge name`,
      );
    }
    if (parent !== undefined && other.parent === parent) {
      throw refused(`network ${other.name} is already using parent interface ${parent}`);
    }
  }
}

// IPv4 first. An internal macvlan network leads nowhere, so that it has no gateway; an internal bridge has one for names.
async function subnetsFor(
  context: NetworkContext,
  request: NetworkRequest,
  driver: 'bridge' | 'macvlan',
): Promise<Subnet[]> {
  const given = request.subnets ?? [];
  checkOtherNetworks(context, given);
  if (driver === 'bridge') await checkHostAddresses(context, given);
  const given4 = subnetOfFamily(given, 4);
  const given6 = subnetOfFamily(given, 6);
  const subnet4 = given4 ?? ((request.ipv4 ?? true) ? bare(await chosenSubnet4(context)) : undefined);
  const subnet6 = given6 ?? (request.ipv6 ? bare(await chosenSubnet6(context)) : undefined);
  const subnets = [subnet4, subnet6].filter((subnet) => subnet !== undefined);
  return driver === 'macvlan' && request.internal ? subnets : subnets.map(withGateway);
}

function bare(subnet: Subnet['subnet']): Subnet {
  return {subnet, auxAddresses: {}};
}

function refused(message: string): EngineError {
  return new EngineError('invalid-option', message);
}
