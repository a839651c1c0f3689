// From what a person types (a name, an id, the beginning of an id) to the one network meant.
import {EngineError} from '../errors.ts';
import type {NetworkRecord} from '../state/network-records.ts';
import {ensureDefaultNetwork, ensurePlainNetwork, isPlainNetworkName} from './builtin-networks.ts';
import type {NetworkContext} from './network-context.ts';
import {defaultNetworkName} from './network-options.ts';

type LookupContext = Pick<NetworkContext, 'networks'>;

/**
 * Docker's order: the full id, the name, then a unique id prefix. A network that is being made or removed is not there.
 * `host` and `none` always are; the default network may have no row yet (see {@link resolveNetwork}). Throws EngineError
 * 'network-not-found' or 'network-ambiguous'.
 */
export function findNetwork(context: LookupContext, text: string): NetworkRecord {
  const {networks} = context;
  if (isPlainNetworkName(text)) return ensurePlainNetwork(context, text);
  const isReady = (network: NetworkRecord | undefined) => network?.status === 'ready';
  const exact = /^[0-9a-f]{64}$/.test(text) ? networks.get(text) : undefined;
  const named = [exact, networks.findByName(text)].find(isReady);
  if (named) return named;
  const [first, second] = networks.findByIdPrefix(text).filter(isReady);
  if (first && second) {
    throw new EngineError('network-ambiguous', `network ${text} is ambiguous: several ids begin with it`, {
      hint: 'type more digits of the id, or the name',
    });
  }
  if (first) return first;
  throw new EngineError('network-not-found', `network ${text} not found`, {
    hint: "'crundle network ls' lists the networks there are",
  });
}

/** As findNetwork, and the default network is made if nobody has needed it yet. */
export async function resolveNetwork(context: NetworkContext, text: string): Promise<NetworkRecord> {
  return text === defaultNetworkName ? await ensureDefaultNetwork(context) : findNetwork(context, text);
}
