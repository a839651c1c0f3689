// What may be asked of a network for one container. Docker's rules and words.
import type {NetworkAttachment} from '../../bundles/network-options.ts';
import {contains} from '../addresses/cidr.ts';
import {EngineError} from '../errors.ts';
import type {NetworkRecord} from '../state/network-records.ts';
import {isDefaultNetwork} from './network-options.ts';

/** Throws EngineError 'invalid-option'. */
export function checkAttachment(network: NetworkRecord, attachment: NetworkAttachment): void {
  const {ipv4, ipv6, aliases} = attachment;
  const bad = aliases.find((alias) => !/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(alias));
  if (bad !== undefined) {
    throw new EngineError('invalid-option', `invalid network alias ${JSON.stringify(bad)}`, {
      hint: 'letters, digits, "_", "." and "-" make a name that others can ask for',
      exit: 125,
    });
  }
  const asked = [ipv4, ipv6].filter((address) => address !== undefined);
  if (isDefaultNetwork(network)) {
    if (asked.length > 0)
      throw refused('user specified IP address is supported on user defined networks only');
    if (aliases.length > 0) {
      throw refused('network-scoped alias is supported only for containers in user defined networks');
    }
  }
  for (const address of asked) {
    if (network.subnets.some(({subnet}) => contains(subnet, address))) continue;
    const subnets = network.subnets.map(({subnet}) => subnet).join(', ') || 'none';
    throw refused(`no configured subnet of network ${network.name} contains ${address}: it has ${subnets}`);
  }
}

function refused(message: string): EngineError {
  return new EngineError('invalid-option', message, {
    hint: "make a network with the subnet you need: 'crundle network create --subnet …'",
    exit: 125,
  });
}
