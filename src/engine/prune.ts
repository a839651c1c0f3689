// Which of the unused objects a prune takes: what prunes of networks, containers, images and volumes have in common.
import {parseTimeFilter} from '../runtime/time-filter.ts';

export interface PruneOptions {
  /** Only what was made before: a time, or a duration back from now, in Docker's forms. */
  until?: string;
  /** True for what is to go, by its labels. Default: everything. */
  matchesLabels?: (labels: Readonly<Record<string, string>>) => boolean;
}

/** The same, with its time read. */
export interface PruneFilter {
  until?: Date;
  matchesLabels: (labels: Readonly<Record<string, string>>) => boolean;
}

/** Throws EngineError 'invalid-option' for a time that is none. */
export function pruneFilter({until, matchesLabels = () => true}: PruneOptions): PruneFilter {
  if (until === undefined) return {matchesLabels};
  return {until: parseUntil(until), matchesLabels};
}

/** The value of an `until` filter. Throws EngineError 'invalid-option'. */
export function parseUntil(text: string): Date {
  return new Date(Number(parseTimeFilter(text, Date.now()) / 1_000_000n));
}
