// `network ls --filter`: Docker's keys and words. Values of one key are alternatives, keys add
// up; labels add up among themselves too.
import type {NetworkSummary} from '../engine.ts';
import {hasLabel, isTrue, parseFilter, unknownFilter} from './object-filters.ts';
import {UsageError} from './usage-error.ts';

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
  const parsed = texts.map((text) => parseFilter(text));
  for (const {key, value} of parsed) checkFilter(key, value);
  const keys = Object.groupBy(parsed, ({key}) => key);
  return networks.filter((network) =>
    Object.entries(keys).every(([key, entries = []]) => {
      const fits = ({value}: {value: string}) => filters[key]?.(network, value) ?? false;
      return key === 'label' ? entries.every(fits) : entries.some(fits);
    }),
  );
}

function checkFilter(key: string, value: string): void {
  if (!Object.hasOwn(filters, key)) throw unknownFilter(key);
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
