// `images --filter`, and its REPOSITORY[:TAG] argument, which is a filter too.

import {matchesGlob} from 'node:path';
import {parseUntil} from '../engine/prune.ts';
import type {ImageSummary} from '../engine.ts';
import {familiar, splitName} from './image-name.ts';
import {hasLabel, isTrue, type ObjectFilter, parseFilter, unknownFilter} from './object-filters.ts';
import {UsageError} from './usage-error.ts';

const known = ['before', 'dangling', 'label', 'reference', 'since', 'until'];

/** When an image was made that `before` or `since` names. Throws for one that is not there. */
export type CreationTime = (name: string) => Promise<Date>;

/**
 * Images with the names that match; an image that matches by none of its names is left out. Alternatives of one key widen
 * what is shown, but for labels. Throws UsageError.
 */
export async function filterImages(
  images: readonly ImageSummary[],
  texts: readonly string[],
  creationTime: CreationTime,
): Promise<ImageSummary[]> {
  const parsed = texts.map((text) => parseFilter(text));
  for (const filter of parsed) checkFilter(filter);
  const valuesOf = (key: string) => parsed.filter((one) => one.key === key).map(({value}) => value);
  const patterns = valuesOf('reference');
  const named = patterns.length > 0 ? images.flatMap((image) => withMatchingNames(image, patterns)) : images;
  const times = await timeLimits(valuesOf, creationTime);
  const dangling = valuesOf('dangling').map(isTrue);
  return named.filter(
    ({labels, references, createdAt}) =>
      valuesOf('label').every((value) => hasLabel(labels, value)) &&
      (dangling.length === 0 || dangling.includes(references.length === 0)) &&
      times.every((isWithin) => createdAt !== undefined && isWithin(createdAt)),
  );
}

function checkFilter({key, value}: ObjectFilter): void {
  if (!known.includes(key)) throw unknownFilter(key);
  if (key === 'dangling' && !/^(true|false|1|0)$/.test(value)) {
    throw new UsageError(`invalid filter 'dangling=[${value}]'`, {exit: 1});
  }
}

async function timeLimits(
  valuesOf: (key: string) => string[],
  creationTime: CreationTime,
): Promise<((time: Date) => boolean)[]> {
  const before = await Promise.all(valuesOf('before').map(creationTime));
  const since = await Promise.all(valuesOf('since').map(creationTime));
  const until = valuesOf('until').map(parseUntil);
  return [
    ...(before.length > 0 ? [(time: Date) => before.some((limit) => time < limit)] : []),
    ...(since.length > 0 ? [(time: Date) => since.some((limit) => time > limit)] : []),
    ...until.map((limit) => (time: Date) => time < limit),
  ];
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
