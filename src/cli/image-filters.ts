// `images --filter`, and its REPOSITORY[:TAG] argument, which is a filter too.

import {matchesGlob} from 'node:path';
import type {ImageSummary} from '../engine.ts';
import {familiar, splitName} from './image-name.ts';
import {UsageError} from './usage-error.ts';

const supported = ['reference', 'label', 'dangling'];
const unsupported = ['before', 'since', 'until'];

/** Images with the names that match; an image that matches by none of its names is left out. */
export function filterImages(images: ImageSummary[], texts: readonly string[]): ImageSummary[] {
  let shown = images;
  const parsed = texts.map(parseFilter);
  const patterns = parsed.filter(({key}) => key === 'reference').map(({value}) => value);
  if (patterns.length > 0) shown = shown.flatMap((image) => withMatchingNames(image, patterns));
  for (const {key, value} of parsed) {
    if (key === 'label') shown = shown.filter(({labels}) => matchesLabel(labels, value));
    if (key === 'dangling')
      shown = shown.filter(({references}) => (references.length === 0) === (value === 'true'));
  }
  return shown;
}

function withMatchingNames(image: ImageSummary, patterns: string[]): ImageSummary[] {
  const matches = (name: string) => patterns.some((pattern) => matchesReference(name, pattern));
  const references = image.references.filter(matches);
  const repoDigests = image.repoDigests.filter(matches);
  return references.length + repoDigests.length === 0
    ? []
    : [{...image, references, repoDigests: image.repoDigests}];
}

/** Docker's rule: a glob over the familiar or the whole name, with or without the tag. */
export function matchesReference(canonical: string, pattern: string): boolean {
  const {repository} = splitName(canonical);
  const whole = canonical.replace(/:[^/:@]+$/, '').replace(/@.*$/, '');
  return [repository, whole, familiar(canonical), canonical].some(
    (name) => name === pattern || matchesGlob(name, pattern),
  );
}

function matchesLabel(labels: Record<string, string>, value: string): boolean {
  const [key = '', ...rest] = value.split('=');
  return rest.length === 0 ? Object.hasOwn(labels, key) : labels[key] === rest.join('=');
}

function parseFilter(text: string): {key: string; value: string} {
  const equals = text.indexOf('=');
  const key = text.slice(0, Math.max(0, equals)).trim().toLowerCase();
  if (equals === -1) throw new UsageError(`invalid filter '${text}': it has no '='`, {exit: 1});
  if (unsupported.includes(key)) throw new UsageError(`filter '${key}' is not supported yet`, {exit: 1});
  if (!supported.includes(key)) {
    throw new UsageError(`invalid filter '${key}'`, {exit: 1, hint: `known: ${supported.join(', ')}`});
  }
  const value = text.slice(equals + 1).trim();
  if (key === 'dangling' && !['true', 'false', '1', '0'].includes(value)) {
    throw new UsageError(`invalid filter 'dangling=${value}'`, {exit: 1});
  }
  return {key, value: key === 'dangling' ? String(value === 'true' || value === '1') : value};
}
