// From what a person types (a name, an id, the beginning of an id) to the one container meant.
import {EngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {ContainerRecords} from '../state/container-records.ts';

/**
 * Docker's order: the full id, the name (a leading slash is dropped), then a unique id prefix. Throws EngineError
 * 'container-not-found' or 'container-ambiguous'.
 */
export function findContainer(records: ContainerRecords, text: string): ContainerRecord {
  const exact = /^[0-9a-f]{64}$/.test(text) ? records.get(text) : undefined;
  const named = exact ?? records.findByName(text.startsWith('/') ? text.slice(1) : text);
  if (named) return named;
  const [first, second] = records.findByIdPrefix(text);
  if (first && second) {
    throw new EngineError('container-ambiguous', `multiple containers have ids that begin with ${text}`, {
      hint: 'type more digits of the id, or the name',
    });
  }
  if (first) return first;
  throw new EngineError('container-not-found', `no such container: ${text}`, {
    hint: "'crundle ps -a' lists the containers there are",
  });
}
