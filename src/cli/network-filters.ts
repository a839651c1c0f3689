// `network ls --filter`: Docker's keys and words.
import type {NetworkSummary} from '../engine.ts';
import {
  type FilterTable,
  hasLabel,
  isTrue,
  keepMatching,
  matchesPattern,
  parseFilter,
  unknownFilter,
} from './object-filters.ts';
import {UsageError} from './usage-error.ts';

const filters: FilterTable<NetworkSummary> = {
  dangling: ({builtin, containers}, value) => (!builtin && containers === 0) === isTrue(value),
  driver: ({driver}, value) => driver === value,
  id: ({id}, value) => matchesPattern(id, value),
  label: ({labels}, value) => hasLabel(labels, value),
  name: ({name}, value) => matchesPattern(name, value),
  scope: (_network, value) => value === 'local',
  type: ({builtin}, value) => builtin === (value === 'builtin'),
};

/** Throws UsageError. */
export function filterNetworks(networks: NetworkSummary[], texts: readonly string[]): NetworkSummary[] {
  const parsed = texts.map((text) => parseFilter(text));
  for (const {key, value} of parsed) checkFilter(key, value);
  return keepMatching(networks, parsed, filters);
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
