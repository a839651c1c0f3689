// Networks by what a person types: a name, an id, or the beginning of one.
import {EngineError} from '../errors.ts';
import type {NetworkRecord} from '../state/network-records.ts';
import type {NetworkContext} from './network-context.ts';

/** A name goes before an id. Throws EngineError 'network-not-found', 'network-ambiguous'. */
export function findNetwork({networks}: Pick<NetworkContext, 'networks'>, text: string): NetworkRecord {
  const named = networks.findByName(text);
  if (named) return named;
  const [found, another] = networks.findByIdPrefix(text);
  if (found && another) {
    throw new EngineError('network-ambiguous', `network ${text} is ambiguous: several ids begin with it`, {
      hint: "'crundle network ls --no-trunc' shows whole ids",
    });
  }
  if (found) return found;
  throw new EngineError('network-not-found', `network ${text} not found`, {
    hint: `'crundle network ls' shows the networks, 'crundle network create ${text}' makes one`,
  });
}
