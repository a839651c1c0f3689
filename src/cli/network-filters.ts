// `network ls --filter` and `network prune --filter`: Docker's keys and words. Values of one key are alternatives, keys add
// up; labels add up among themselves too.
import type {NetworkSummary} from '../engine.ts';
import {UsageError} from './usage-error.ts';

type Labels = Readonly<Record<string, string>>;
type Filter = (network: NetworkSummary, value: string) => boolean;

const filters: Record<string, Filter> = {
  dangling: ({builtin, containers}, value) => (!builtin && containers === 0) === isTrue(value),
  driver: ({driver}, value) => driver === value,
  id: ({id}, value) => matches(id, value),
  label: ({labels}, value) => hasLabel(labels, value),
  name: ({name}, value) => matches(name, value),
  scope: (_network, value) => value === 'local',
  type: ({builtin}, value) => builtin === (value === 'builtin'),
};

/** Throws UsageError. */
export function filterNetworks(networks: NetworkSummary[], texts: readonly string[]): NetworkSummary[] {
  const parsed = texts.map(parseFilter);
  for (const {key, value} of parsed) checkFilter(key, value);
  const keys = Object.groupBy(parsed, ({key}) => key);
  return networks.filter((network) =>
    Object.entries(keys).every(([key, entries = []]) => {
      const fits = ({value}: {value: string}) => filters[key]?.(network, value) ?? false;
      return key === 'label' ? entries.every(fits) : entries.some(fits);
    }),
  );
}

export interface PruneFilters {
  until?: string;
  matchesLabels: (labels: Labels) => boolean;
}

/** Throws UsageError. */
export function pruneFilters(texts: readonly string[]): PruneFilters {
  const parsed = texts.map(parseFilter);
  for (const {key} of parsed) if (!['until', 'label', 'label!'].includes(key)) throw unknown(key);
  const until = parsed.filter(({key}) => key === 'until').map(({value}) => value);
  if (until.length > 1) throw new UsageError('more than one until filter specified', {exit: 1});
  return {
    ...(until[0] !== undefined && {until: until[0]}),
    matchesLabels: (labels) =>
      parsed.every(({key, value}) => key === 'until' || hasLabel(labels, value) === (key === 'label')),
  };
}

function parseFilter(text: string): {key: string; value: string} {
  const equals = text.indexOf('=');
  if (equals === -1) {
    throw new UsageError(
      `invalid argument "${text}" for "-f, --filter" flag: bad format of filter (expected name=value)`,
      {exit: 125},
    );
  }
  return {key: text.slice(0, equals).trim().toLowerCase(), value: text.slice(equals + 1).trim()};
}

function checkFilter(key: string, value: string): void {
  if (!Object.hasOwn(filters, key)) throw unknown(key);
  if (key === 'type' && value !== 'custom' && value !== 'builtin') {
    throw new UsageError(`invalid filter: 'type'='${value}'`, {exit: 1, hint: "write 'custom' or 'builtin'"});
  }
  if (key === 'dangling' && !/^(true|false|1|0)$/.test(value)) {
    throw new UsageError(
      `invalid value for filter 'dangling', must be "true" (or "1"), or "false" (or "0")`,
      {exit: 1},
    );
  }
}

function unknown(key: string): UsageError {
  return new UsageError(`invalid filter '${key}'`, {exit: 1});
}

function isTrue(value: string): boolean {
  return value === 'true' || value === '1';
}

// Docker's: a regular expression that may match anywhere; one that is none is compared as it is.
function matches(text: string, pattern: string): boolean {
  if (text === pattern) return true;
  try {
    return new RegExp(pattern).test(text);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function hasLabel(labels: Labels, value: string): boolean {
  const equals = value.indexOf('=');
  if (equals === -1) return Object.hasOwn(labels, value);
  return labels[value.slice(0, equals)] === value.slice(equals + 1);
}
