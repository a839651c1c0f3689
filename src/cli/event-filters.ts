// The `--filter` flags of `events`.
import type {EventFilters} from '../engine.ts';
import {parseFilter} from './object-filters.ts';

/** Throws UsageError (exit 125) for what is no KEY=VALUE; keys are the engine's business. */
export function eventFilters(texts: readonly string[]): EventFilters {
  const parsed = texts.map((text) => parseFilter(text));
  const keys = Object.groupBy(parsed, ({key}) => key);
  return Object.fromEntries(
    Object.entries(keys).map(([key, filters = []]) => [key, filters.map(({value}) => value)]),
  );
}
