// The values of the keys that concern the store.
import type {Durability} from './config.ts';
import {fail, type ValueReader} from './config-values.ts';

export const durability: ValueReader<Durability> = (node, path) =>
  node.kind === 'string' && (node.value === 'full' || node.value === 'fast')
    ? node.value
    : fail(node, path, '"full" or "fast"');
