// The `--filter` of every prune: which of the unused objects go.

import type {PruneOptions} from '../engine.ts';
import {hasLabel, parseFilter, unknownFilter} from './object-filters.ts';
import {UsageError} from './usage-error.ts';

/** `until`, `label` and `label!`, all of which must fit; an object that has no age knows no `until`. Throws UsageError. */
export function pruneFilters(
  texts: readonly string[],
  known: readonly string[] = ['until', 'label', 'label!'],
): PruneOptions {
  const parsed = texts.map((text) => parseFilter(text, '--filter'));
  for (const {key} of parsed) if (!known.includes(key)) throw unknownFilter(key);
  const until = parsed.filter(({key}) => key === 'until').map(({value}) => value);
  if (until.length > 1) throw new UsageError('more than one until filter specified', {exit: 1});
  return {
    ...(until[0] !== undefined && {until: until[0]}),
    matchesLabels: (labels) =>
      parsed.every(
        ({key, value}) => !key.startsWith('label') || hasLabel(labels, value) === (key === 'label'),
      ),
  };
}
