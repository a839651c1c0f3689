// Pulls, pushes and creations that fail, told as events: there is no record yet whose module could tell of it.

import {type ErrorCode, isEngineError} from '../errors.ts';
import {type EngineEvent, refusalOf} from '../events.ts';
import type {EngineParts} from './parts.ts';

/** What could not be made. `attributes` without those of the refusal. */
export interface RefusedObject {
  type: 'image' | 'container';
  task: 'pull' | 'push' | 'create';
  id: string;
  attributes: Record<string, string>;
}

// A slip of the keyboard is no object's fate, and what was typed may be anything: a password in a URL, too.
const slips: readonly ErrorCode[] = [
  'invalid-reference',
  'invalid-digest',
  'invalid-platform',
  'invalid-option',
  'not-supported',
];

// A failed pull also ends the creation that needed it: it is told of once.
const told = new WeakSet<object>();

/** Runs `action`, and tells of the EngineError that ends it, if it is about more than words. The error goes on. */
export async function tellingRefusal<T>(
  {tell}: Pick<EngineParts, 'tell'>,
  {type, task, id, attributes}: RefusedObject,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const refusal = isEngineError(error, ...slips) ? undefined : refusalOf(task, error);
    if (refusal && error instanceof Error && !told.has(error)) {
      told.add(error);
      const event: EngineEvent = {
        type,
        action: 'refuse',
        actor: {id, attributes: {...attributes, ...refusal}},
        time: new Date(),
      };
      tell(event);
    }
    throw error;
  }
}
