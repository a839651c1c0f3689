// Which events a reader asks for: the filters of `docker events`, by Docker's rules. Pure.

import {EngineError} from '../errors.ts';
import {familiarName, parseReference} from '../images/reference.ts';
import type {RecordedEvent} from './event-log.ts';

/**
 * Docker's: `container=web`, `event=die`, … Values of a key are alternatives, keys add up, labels add up among themselves.
 */
export type EventFilters = Readonly<Partial<Record<EventFilterKey, readonly string[]>>>;

/** Those of swarm, plugins and the daemon match nothing that is told of here. */
export const eventFilterKeys = [
  'config',
  'container',
  'daemon',
  'event',
  'image',
  'label',
  'network',
  'node',
  'plugin',
  'scope',
  'secret',
  'service',
  'type',
  'volume',
] as const;

export type EventFilterKey = (typeof eventFilterKeys)[number];

// Their values name an object, of whatever type: the beginning of its id or name.
const nameKeys = [
  'config',
  'container',
  'daemon',
  'network',
  'node',
  'plugin',
  'secret',
  'service',
  'volume',
] as const;

/** What these have is a word after a colon. */
const openActions = ['health_status', 'exec_create', 'exec_start'];

/** Throws EngineError 'invalid-option' for a filter that Docker does not have: it takes none of those seriously. */
export function eventFilter(filters: EventFilters): (event: RecordedEvent) => boolean {
  for (const key of Object.keys(filters)) {
    if (!(eventFilterKeys as readonly string[]).includes(key)) {
      throw new EngineError('invalid-option', `invalid filter '${key}'`, {
        hint: `the filters of events are ${eventFilterKeys.join(', ')}`,
      });
    }
  }
  const exact = (key: EventFilterKey, ...texts: (string | undefined)[]) => {
    const values = filters[key] ?? [];
    return values.length === 0 || texts.some((text) => values.includes(text ?? ''));
  };
  const begins = (key: EventFilterKey, ...texts: (string | undefined)[]) => {
    const values = filters[key] ?? [];
    return values.length === 0 || texts.some((text = '') => values.some((value) => text.startsWith(value)));
  };
  const matchEvent = filters.event?.some((value) => openActions.includes(value)) ? begins : exact;
  return ({type, action, actor: {id, attributes}}) => {
    const image = attributes[type === 'image' ? 'name' : 'image'];
    return (
      matchEvent('event', action) &&
      exact('type', type) &&
      exact('scope', 'local') &&
      nameKeys.every((key) => begins(key, id, attributes.name)) &&
      exact('image', id, image, withoutTag(id), image && withoutTag(image)) &&
      (filters.label ?? []).every((label) => hasAttribute(attributes, label))
    );
  };
}

function withoutTag(text: string): string {
  try {
    return familiarName(parseReference(text));
  } catch (error) {
    if (error instanceof EngineError) return text;
    throw error;
  }
}

function hasAttribute(attributes: Readonly<Record<string, string>>, filter: string): boolean {
  const equals = filter.indexOf('=');
  if (equals === -1) return Object.hasOwn(attributes, filter);
  return attributes[filter.slice(0, equals)] === filter.slice(equals + 1);
}
