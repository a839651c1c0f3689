// `ps --filter`: which containers a person wants to see. Filters of one key are alternatives, keys add up; labels
// add up among themselves too, as in Docker.

import type {ContainerSummary} from '../engine.ts';
import {UsageError} from './usage-error.ts';

type Filter = (container: ContainerSummary, value: string) => boolean;

const statuses = ['created', 'restarting', 'running', 'removing', 'paused', 'exited', 'dead'];

const filters: Record<string, Filter> = {
  id: (container, value) => container.id.startsWith(value),
  name: (container, value) =>
    new RegExp(value).test(container.name) || new RegExp(value).test(`/${container.name}`),
  status: (container, value) => container.status === value,
  label: (container, value) => matchesLabel(container.labels, value),
  ancestor: (container, value) => isImage(container, value),
  exited: (container, value) => container.status === 'exited' && container.exitCode === Number(value),
  volume: (container, value) => container.mounts.includes(value),
  network: (container, value) => container.networks.includes(value),
};

const unsupported = ['before', 'since', 'publish', 'expose', 'health', 'isolation', 'is-task'];

/** The containers that all filters let through. Throws `invalid-option` for a filter Docker or crundle has not. */
export function filterContainers(
  containers: ContainerSummary[],
  texts: readonly string[],
): ContainerSummary[] {
  const parsed = texts.map(parseFilter);
  const keys = Object.groupBy(parsed, ({key}) => key);
  return containers.filter((container) =>
    Object.entries(keys).every(([key, entries = []]) => {
      const matches = ({value}: {value: string}) => filters[key]?.(container, value) ?? false;
      return key === 'label' ? entries.every(matches) : entries.some(matches);
    }),
  );
}

/** A status or exit code asks for containers that do not run. */
export function filtersNeedAll(texts: readonly string[]): boolean {
  return texts.some((text) => /^(status|exited)=/.test(text));
}

function parseFilter(text: string): {key: string; value: string} {
  const equals = text.indexOf('=');
  if (equals === -1) throw wrong(`invalid filter '${text}': it has no '='`, 'write --filter KEY=VALUE');
  const key = text.slice(0, equals).trim().toLowerCase();
  const value = text.slice(equals + 1).trim();
  if (unsupported.includes(key)) throw wrong(`filter '${key}' is not supported yet`);
  if (!Object.hasOwn(filters, key))
    throw wrong(`invalid filter '${key}'`, `known: ${Object.keys(filters).join(', ')}`);
  if (key === 'status' && !statuses.includes(value)) {
    throw wrong(`invalid filter 'status=${value}'`, `known: ${statuses.join(', ')}`);
  }
  if (key === 'exited' && !/^\d+$/.test(value)) throw wrong(`invalid filter 'exited=${value}': not a number`);
  if (key === 'name') checkPattern(value);
  return {key, value};
}

function checkPattern(value: string): void {
  try {
    new RegExp(value);
  } catch {
    throw wrong(`invalid filter 'name=${value}': not a regular expression`);
  }
}

function matchesLabel(labels: Record<string, string>, value: string): boolean {
  const equals = value.indexOf('=');
  if (equals === -1) return Object.hasOwn(labels, value);
  return labels[value.slice(0, equals)] === value.slice(equals + 1);
}

function isImage({image, imageId}: ContainerSummary, value: string): boolean {
  const id = value.replace(/^sha256:/, '');
  return (
    image === value || image === `${value}:latest` || (id.length >= 4 && imageId.startsWith(`sha256:${id}`))
  );
}

function wrong(message: string, hint?: string): UsageError {
  return new UsageError(message, {exit: 1, ...(hint === undefined ? {} : {hint})});
}
