// The networks that are there without anybody having made them: bridge, host and none. The row of the default one is
// written when it is first needed.
import {randomBytes} from 'node:crypto';
import {type Cidr, covers} from '../addresses/cidr.ts';
import {EngineError, isEngineError} from '../errors.ts';
import type {NetworkRecord, Subnet} from '../state/network-records.ts';
import {takenSubnets} from './host-networks.ts';
import type {NetworkContext} from './network-context.ts';
import {defaultNetworkName} from './network-options.ts';
import {ownPrefix} from './own-prefix.ts';
import {chooseSubnet, chooseSubnet6, firstGateway} from './subnet-choice.ts';

/** Names that nobody may give to a network of their own. */
export const builtinNames: readonly string[] = [defaultNetworkName, 'host', 'none', 'default'];

/**
 * The default network. Its subnet is that of `bip`, or the first of the pools that was free when it was made. Throws
 * EngineError 'network-not-found' when the configuration has switched it off, 'address-unavailable'.
 */
export async function ensureDefaultNetwork(context: NetworkContext): Promise<NetworkRecord> {
  const {networks, config} = context;
  if (config.bridge === 'none') {
    throw new EngineError(
      'network-not-found',
      'network bridge not found: the configuration says "bridge": "none"',
      {
        hint: 'take that key out of the configuration, or choose another network',
        exit: 125,
      },
    );
  }
  const found = networks.findByName(defaultNetworkName);
  if (found) return found;
  const subnets = await defaultSubnets(context);
  const row = builtin(defaultNetworkName, 'bridge', {bridge: config.bridge, subnets});
  try {
    networks.insert(row);
    return row;
  } catch (error) {
    const other = networks.findByName(defaultNetworkName);
    // Another command has made it meanwhile.
    if (isEngineError(error, 'network-name-in-use') && other) return other;
    throw error;
  }
}

async function defaultSubnets(context: NetworkContext): Promise<Subnet[]> {
  const {bip, fixedCidr, fixedCidrV6, ipv6, addressPools: pools} = context.config;
  const taken = bip && (!ipv6 || fixedCidrV6) ? [] : await takenSubnets(context);
  const subnet = bip?.network ?? chooseSubnet({pools, taken});
  const subnet4 = {
    subnet,
    gateway: bip?.address ?? firstGateway(subnet),
    ...rangeIn(subnet, fixedCidr),
    auxAddresses: {},
  };
  if (!ipv6) return [subnet4];
  const subnet6 = fixedCidrV6 ?? chooseSubnet6({pools, taken}, ownPrefix(context));
  return [subnet4, {subnet: subnet6, gateway: firstGateway(subnet6), auxAddresses: {}}];
}

function rangeIn(subnet: Cidr, fixedCidr: Cidr | undefined): {ipRange?: Cidr} {
  if (fixedCidr === undefined) return {};
  if (covers(subnet, fixedCidr)) return {ipRange: fixedCidr};
  throw new EngineError(
    'invalid-config',
    `"fixed-cidr" ${fixedCidr} does not lie in the default network's subnet ${subnet}`,
    {
      hint: 'give "bip" an address whose network holds it',
      exit: 125,
    },
  );
}

/** The rows of `host` and `none`, which are in no table. */
export const plainNetworks: readonly NetworkRecord[] = [
  builtin('host', 'host', {id: 'f'.repeat(64)}),
  builtin('none', 'none', {id: '0'.repeat(64)}),
];

function builtin(
  name: string,
  driver: NetworkRecord['driver'],
  own: Partial<Pick<NetworkRecord, 'id' | 'bridge' | 'subnets'>>,
): NetworkRecord {
  return {
    id: randomBytes(32).toString('hex'),
    name,
    createdAt: new Date(),
    status: 'ready',
    driver,
    bridge: '',
    parent: undefined,
    subnets: [],
    internal: false,
    attachable: false,
    options: {},
    labels: {},
    ...own,
  };
}
