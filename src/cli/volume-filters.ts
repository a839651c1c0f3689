// `volume ls --filter`: Docker's keys and words.
import type {VolumeSummary} from '../engine.ts';
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

const filters: FilterTable<VolumeSummary> = {
  dangling: ({users}, value) => (users.length === 0) === isTrue(value),
  driver: (_volume, value) => value === 'local',
  label: ({labels}, value) => hasLabel(labels, value),
  name: ({name}, value) => matchesPattern(name, value),
};

/** Throws UsageError. */
export function filterVolumes(volumes: readonly VolumeSummary[], texts: readonly string[]): VolumeSummary[] {
  const parsed = texts.map((text) => parseFilter(text));
  for (const {key, value} of parsed) {
    if (!Object.hasOwn(filters, key)) throw unknownFilter(key);
    if (key === 'dangling' && !/^(true|false|1|0)$/.test(value)) {
      throw new UsageError(`invalid filter 'dangling=[${value}]'`, {
        exit: 1,
        hint: "write 'true' or 'false'",
      });
    }
  }
  return keepMatching(volumes, parsed, filters);
}
