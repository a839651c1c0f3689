// What a network's options (`--opt`, in Docker's keys) mean for its bridge and its rules. Pure.

import type {NetworkRecord} from '../state/network-records.ts';
import type {NetworkContext} from './network-context.ts';

type Configured = Pick<NetworkContext, 'config'>;

export const optionKeys = {
  bridgeName: 'com.docker.network.bridge.name',
  icc: 'com.docker.network.bridge.enable_icc',
  masquerade: 'com.docker.network.bridge.enable_ip_masquerade',
  hostBinding: 'com.docker.network.bridge.host_binding_ipv4',
  mtu: 'com.docker.network.driver.mtu',
  parent: 'parent',
  macvlanMode: 'macvlan_mode',
} as const;

/** The name of the network that containers are on unless they ask for another. */
export const defaultNetworkName = 'bridge';

export function isDefaultNetwork({name}: NetworkRecord): boolean {
  return name === defaultNetworkName;
}

/** Containers see each other. `icc` of the configuration is about the default network, as Docker's. */
export function allowsIcc({config}: Configured, network: NetworkRecord): boolean {
  return isSet(network, optionKeys.icc, isDefaultNetwork(network) ? config.icc : true);
}

/** What leaves the network takes the host's address. */
export function masquerades({config}: Configured, network: NetworkRecord): boolean {
  return isSet(network, optionKeys.masquerade, isDefaultNetwork(network) ? config.ipMasq : true);
}

function isSet({options}: NetworkRecord, key: string, otherwise: boolean): boolean {
  const value = options[key];
  return value === undefined ? otherwise : value === 'true' || value === '1';
}

/** The MTU that the network or the configuration fixes. Absent: the uplink's. */
export function fixedMtu({config}: Configured, {options}: NetworkRecord): number | undefined {
  const value = options[optionKeys.mtu];
  return value === undefined ? config.mtu : Number(value);
}

/** Containers of the network find each other by name. Not on the default one, as under Docker. */
export function hasNames(network: NetworkRecord): boolean {
  return network.driver === 'bridge' && !isDefaultNetwork(network);
}
