// What the `--filter` flags of lists and prunes have in common: KEY=VALUE, labels, and Docker's words about them.

import {UsageError} from './usage-error.ts';

export interface ObjectFilter {
  key: string;
  value: string;
}

/** `label` is how the command names its flag. Throws UsageError (exit 125). */
export function parseFilter(text: string, label = '-f, --filter'): ObjectFilter {
  const equals = text.indexOf('=');
  if (equals === -1) {
    throw new UsageError(
      `invalid argument "${text}" for "${label}" flag: bad format of filter (expected name=value)`,
      {exit: 125},
    );
  }
  return {key: text.slice(0, equals).trim().toLowerCase(), value: text.slice(equals + 1).trim()};
}

export function unknownFilter(key: string): UsageError {
  return new UsageError(`invalid filter '${key}'`, {exit: 1});
}

/** `NAME` for a label that is there, `NAME=VALUE` for one of this value. */
export function hasLabel(labels: Readonly<Record<string, string>>, filter: string): boolean {
  const equals = filter.indexOf('=');
  if (equals === -1) return Object.hasOwn(labels, filter);
  return labels[filter.slice(0, equals)] === filter.slice(equals + 1);
}

export function isTrue(value: string): boolean {
  return value === 'true' || value === '1';
}

/** What each key of a list's filters asks of an object. */
export type FilterTable<T> = Record<string, (object: T, value: string) => boolean>;

/** Values of one key are alternatives, keys add up; labels add up among themselves too. */
export function keepMatching<T>(
  objects: readonly T[],
  filters: readonly ObjectFilter[],
  table: FilterTable<T>,
): T[] {
  const keys = Object.groupBy(filters, ({key}) => key);
  return objects.filter((object) =>
    Object.entries(keys).every(([key, entries = []]) => {
      const fits = ({value}: ObjectFilter) => table[key]?.(object, value) ?? false;
      return key === 'label' ? entries.every(fits) : entries.some(fits);
    }),
  );
}

/** Docker's: a regular expression that may match anywhere; one that is none is compared as it is. */
export function matchesPattern(text: string, pattern: string): boolean {
  if (text === pattern) return true;
  try {
    return new RegExp(pattern).test(text);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
