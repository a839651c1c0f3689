// The networks that nobody creates: `bridge`, which containers are on by default, `host` and `none`. Their rows are made
// when first needed. What the configuration says of the default network holds from the next time it is unused.
import {randomBytes} from 'node:crypto';
import {type Cidr, covers} from '../addresses/cidr.ts';
import {EngineError, isEngineError} from '../errors.ts';
import {type NetworkRecord, type Subnet, subnetOfFamily} from '../state/network-records.ts';
import {removeBridge} from './links/bridge-links.ts';
import type {NetworkContext} from './network-context.ts';
import {withNetworkLock} from './network-lock.ts';
import {defaultNetworkName} from './network-options.ts';
import {chosenSubnet4, chosenSubnet6, withGateway} from './subnets/network-subnets.ts';

type PlainName = 'host' | 'none';

/** Names that no network of a person's own may have; `default` stands for `bridge` in `run --network`. */
export const predefinedNames: readonly string[] = [defaultNetworkName, 'host', 'none', 'default'];

export function isBuiltin({name}: Pick<NetworkRecord, 'name'>): boolean {
  return predefinedNames.includes(name);
}

export function isPlainNetworkName(text: string): text is PlainName {
  return text === 'host' || text === 'none';
}

/** `host` and `none` have an id, and nothing on the host. */
export function ensurePlainNetwork(
  {networks}: Pick<NetworkContext, 'networks'>,
  name: PlainName,
): NetworkRecord {
  const found = networks.findByName(name);
  if (found) return found;
  const record = newNetwork({name, driver: name, bridge: ''});
  try {
    networks.insert(record);
    return record;
  } catch (error) {
    const other = isEngineError(error, 'network-name-in-use') ? networks.findByName(name) : undefined;
    if (other) return other; // made by another command at the same time
    throw error;
  }
}

/**
 * The row of the default network; its bridge comes when a container needs it. Costs one query when it is there. Throws
 * EngineError 'network-not-found' when the configuration switches it off, 'address-unavailable', 'invalid-config'.
 */
export async function ensureDefaultNetwork(context: NetworkContext): Promise<NetworkRecord> {
  if (context.config.bridge === 'none') {
    throw new EngineError(
      'network-not-found',
      'there is no default network: the configuration says "bridge": "none"',
      {
        hint: 'name a network with --network, or take the key out of the configuration',
        exit: 125,
      },
    );
  }
  const found = context.networks.findByName(defaultNetworkName);
  if (found && (isAsConfigured(context, found) || isInUse(context, found))) return found;
  return await withNetworkLock(context, async () => {
    const network = context.networks.findByName(defaultNetworkName);
    return network ? await reconfigure(context, network) : await makeDefaultNetwork(context);
  });
}

async function makeDefaultNetwork(context: NetworkContext): Promise<NetworkRecord> {
  const record = newNetwork({
    name: defaultNetworkName,
    driver: 'bridge',
    bridge: context.config.bridge,
    subnets: await defaultSubnets(context, []),
  });
  context.networks.insert(record);
  return record;
}

async function reconfigure(context: NetworkContext, network: NetworkRecord): Promise<NetworkRecord> {
  if (isAsConfigured(context, network) || isInUse(context, network)) return network;
  const subnets = await defaultSubnets(context, network.subnets);
  const changed: NetworkRecord = {...network, bridge: context.config.bridge, subnets};
  await removeBridge(network.bridge);
  context.networks.update(changed);
  return changed;
}

function isInUse({endpoints}: NetworkContext, {id}: NetworkRecord): boolean {
  return endpoints.ofNetwork(id).some(({active}) => active);
}

function isAsConfigured({config}: NetworkContext, {bridge, subnets}: NetworkRecord): boolean {
  const [subnet4, subnet6] = [subnetOfFamily(subnets, 4), subnetOfFamily(subnets, 6)];
  const {bip, fixedCidr, fixedCidrV6, ipv6} = config;
  return (
    bridge === config.bridge &&
    subnet4 !== undefined &&
    (bip === undefined || (subnet4.subnet === bip.network && subnet4.gateway === bip.address)) &&
    (fixedCidr === undefined || fixedCidr === (subnet4.ipRange ?? subnet4.subnet)) &&
    (fixedCidr !== undefined || subnet4.ipRange === undefined) &&
    ipv6 === (subnet6 !== undefined) &&
    (fixedCidrV6 === undefined || !ipv6 || subnet6?.subnet === fixedCidrV6)
  );
}

// What the configuration leaves open stays as it was.
async function defaultSubnets(context: NetworkContext, before: readonly Subnet[]): Promise<Subnet[]> {
  const {bip, fixedCidr, fixedCidrV6, ipv6} = context.config;
  const [last4, last6] = [subnetOfFamily(before, 4), subnetOfFamily(before, 6)];
  const kept4 =
    fixedCidr === undefined || (last4 && covers(last4.subnet, fixedCidr)) ? last4?.subnet : undefined;
  const subnet4 = bip?.network ?? kept4 ?? fixedCidr ?? (await chosenSubnet4(context));
  if (fixedCidr !== undefined && !covers(subnet4, fixedCidr)) throw outside(fixedCidr, subnet4);
  const range = fixedCidr === undefined || fixedCidr === subnet4 ? {} : {ipRange: fixedCidr};
  const gateway = bip === undefined ? {} : {gateway: bip.address};
  return [
    withGateway({subnet: subnet4, auxAddresses: {}, ...range, ...gateway}),
    ...(ipv6
      ? [
          withGateway({
            subnet: fixedCidrV6 ?? last6?.subnet ?? (await chosenSubnet6(context)),
            auxAddresses: {},
          }),
        ]
      : []),
  ];
}

function outside(fixedCidr: Cidr, subnet: Cidr): EngineError {
  return new EngineError(
    'invalid-config',
    `"fixed-cidr": ${fixedCidr} does not lie in the default network's subnet ${subnet}`,
    {hint: '"bip" sets the subnet', exit: 125},
  );
}

function newNetwork(
  given: Pick<NetworkRecord, 'name' | 'driver' | 'bridge'> & {subnets?: Subnet[]},
): NetworkRecord {
  return {
    id: randomBytes(32).toString('hex'),
    createdAt: new Date(),
    status: 'ready',
    parent: undefined,
    subnets: [],
    internal: false,
    attachable: false,
    options: {},
    labels: {},
    ...given,
  };
}
