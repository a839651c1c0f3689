// `ps --filter`: which containers a person wants to see, in Docker's keys and words.

import type {ContainerSummary} from '../engine.ts';
import {hasTag} from './image-name.ts';
import {
  type FilterTable,
  hasLabel,
  isTrue,
  keepMatching,
  parseFilter,
  unknownFilter,
} from './object-filters.ts';
import {portFilter} from './port-filter.ts';
import {UsageError} from './usage-error.ts';

const statuses = ['created', 'restarting', 'running', 'removing', 'paused', 'exited', 'dead'];
const healths = ['starting', 'healthy', 'unhealthy', 'none'];

/**
 * Those of `shown` that all filters let through. `all` are the containers that `before` and `since` may name, newest first.
 * Throws `invalid-option` for a filter that Docker has not, 'container-not-found'.
 */
export function filterContainers(
  shown: readonly ContainerSummary[],
  texts: readonly string[],
  all: readonly ContainerSummary[] = shown,
): ContainerSummary[] {
  const filters = filtersOver(all);
  const parsed = texts.map((text) => parseFilter(text));
  for (const {key, value} of parsed) {
    if (!Object.hasOwn(filters, key)) throw unknownFilter(key);
    checkValue(key, value);
    // A value that is wrong is told of, also when there is nothing to look at.
    if (key === 'before' || key === 'since') placeOf(all, value);
    if (key === 'publish' || key === 'expose') portFilter(key, value);
  }
  return keepMatching(shown, parsed, filters);
}

/** A status or exit code asks for containers that do not run. */
export function filtersNeedAll(texts: readonly string[]): boolean {
  return texts.some((text) => /^(status|exited)=/.test(text));
}

function filtersOver(all: readonly ContainerSummary[]): FilterTable<ContainerSummary> {
  return {
    id: ({id}, value) => id.startsWith(value),
    name: ({name}, value) => new RegExp(value).test(name) || new RegExp(value).test(`/${name}`),
    status: ({status}, value) => status === value,
    label: ({labels}, value) => hasLabel(labels, value),
    ancestor: isImage,
    exited: ({status, exitCode}, value) => status === 'exited' && exitCode === Number(value),
    volume: ({mounts}, value) => mounts.includes(value),
    network: ({networks}, value) => networks.includes(value),
    before: (container, value) => all.indexOf(container) > placeOf(all, value),
    since: (container, value) => all.indexOf(container) < placeOf(all, value),
    publish: ({ports}, value) => ports.some(portFilter('publish', value)),
    expose: ({ports}, value) => ports.some(portFilter('expose', value)),
    health: ({health = 'none'}, value) => health === value,
    'is-task': (_container, value) => !isTrue(value),
    // A filter of Windows, which lets everything through here.
    isolation: () => true,
  };
}

function checkValue(key: string, value: string): void {
  if (key === 'status' && !statuses.includes(value)) {
    throw wrong(`invalid filter 'status=${value}'`, `known: ${statuses.join(', ')}`);
  }
  if (key === 'health' && !healths.includes(value)) {
    throw wrong(`unrecognised filter value for health: ${value}`, `known: ${healths.join(', ')}`);
  }
  if (key === 'is-task' && !/^(true|false|1|0)$/.test(value))
    throw wrong(`invalid filter 'is-task=[${value}]'`);
  if (key === 'exited' && !/^-?\d+$/.test(value))
    throw wrong(`invalid filter 'exited=${value}': not a number`);
  if (key === 'name') checkPattern(value);
}

function checkPattern(value: string): void {
  try {
    new RegExp(value);
  } catch {
    throw wrong(`invalid filter 'name=${value}': not a regular expression`);
  }
}

// The place among all containers, the newest first, of one that is named by name or id.
function placeOf(all: readonly ContainerSummary[], value: string): number {
  const name = value.replace(/^\//, '');
  const place = all.findIndex((one) => one.name === name || (value.length >= 4 && one.id.startsWith(value)));
  if (place >= 0) return place;
  throw new UsageError(`no such container: ${value}`, {code: 'container-not-found', exit: 1});
}

function isImage({image, imageId}: ContainerSummary, value: string): boolean {
  const id = value.replace(/^sha256:/, '');
  return tagged(image) === tagged(value) || (id.length >= 4 && imageId.startsWith(`sha256:${id}`));
}

function tagged(name: string): string {
  return hasTag(name) ? name : `${name}:latest`;
}

function wrong(message: string, hint?: string): UsageError {
  return new UsageError(message, {exit: 1, ...(hint === undefined ? {} : {hint})});
}
