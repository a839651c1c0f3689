// One entry of index.json: a platform's manifest, the name it carries and where it was pulled from. Pure.
import {isEngineError} from '../../errors.ts';
import type {Descriptor} from '../../oci/image-spec.ts';
import {type Digest, isDigest} from '../digest.ts';
import {formatReference, nameOf, parseReference, type Reference} from '../reference.ts';

const refName = 'org.opencontainers.image.ref.name';
const sourceName = 'dev.crundle.source.name';
const sourceDigest = 'dev.crundle.source.digest';
const originalDigest = 'dev.crundle.manifest.digest';

/** The canonical 'name:tag' of an entry; undefined for an image that lost its tag or never had one. */
export function tagOf(entry: Descriptor): string | undefined {
  const name = entry.annotations?.[refName];
  if (name === undefined) return undefined;
  try {
    // Another tool may have written 'alpine' or just '3' here.
    return formatReference(parseReference(name));
  } catch (error) {
    if (isEngineError(error, 'invalid-reference', 'invalid-digest')) return undefined;
    throw error;
  }
}

/** The canonical 'name@digest' that was pulled: of the index, where there was one. */
export function repoDigestOf(entry: Descriptor): string | undefined {
  const name = entry.annotations?.[sourceName];
  const digest = entry.annotations?.[sourceDigest];
  return name === undefined || digest === undefined ? undefined : `${name}@${digest}`;
}

/** The digest the registry gave for what was pulled. */
export function sourceDigestOf(entry: Descriptor): Digest | undefined {
  const digest = entry.annotations?.[sourceDigest];
  return digest !== undefined && isDigest(digest) ? digest : undefined;
}

/** The digest that the manifest of an entry has in the registry: another one for an OCI twin of a Docker manifest. */
export function originalDigestOf(entry: Descriptor): Digest | undefined {
  const digest = entry.annotations?.[originalDigest] ?? entry.digest;
  return isDigest(digest) ? digest : undefined;
}

/** An entry for a manifest pulled as `reference`. A reference with a digest gives no tag, as under Docker. */
export function makeEntry(manifest: Descriptor, reference: Reference, source: Digest): Descriptor {
  const {mediaType, digest, size, platform} = manifest;
  const tag = reference.digest === undefined ? {[refName]: formatReference(reference)} : {};
  const annotations = {...tag, [sourceName]: nameOf(reference), [sourceDigest]: source};
  return {mediaType, digest, size, ...(platform ? {platform} : {}), annotations};
}

/** An entry for a manifest that came from no registry. */
export function makeLocalEntry({mediaType, digest, size, platform}: Descriptor): Descriptor {
  return {mediaType, digest, size, ...(platform && {platform})};
}

/** Marks the entry of a manifest that was made from another one. */
export function markTwin(entry: Descriptor, original: Digest): Descriptor {
  return {...entry, annotations: {...entry.annotations, [originalDigest]: original}};
}

/** An entry that gives the image of `entry` one more name. It says nothing of where the image came from. */
export function nameEntry(entry: Descriptor, reference: Reference): Descriptor {
  const {annotations = {}, ...rest} = stripEntry(entry, {tag: true, source: true});
  return {...rest, annotations: {...annotations, [refName]: formatReference(reference)}};
}

/** True for the entry of an OCI manifest that was made from a Docker one, for tools that read only those. */
export function isTwin(entry: Descriptor): boolean {
  return entry.annotations?.[originalDigest] !== undefined;
}

/** The entry without its tag, without its origin, or without both. */
export function stripEntry(entry: Descriptor, strip: {tag?: boolean; source?: boolean}): Descriptor {
  const {annotations = {}, ...rest} = entry;
  const drop = [...(strip.tag ? [refName] : []), ...(strip.source ? [sourceName, sourceDigest] : [])];
  const kept = Object.entries(annotations).filter(([name]) => !drop.includes(name));
  return kept.length === 0 ? rest : {...rest, annotations: Object.fromEntries(kept)};
}

/** Gives tags to manifests: whoever had one of them keeps an entry without it. */
export function putEntries(entries: readonly Descriptor[], added: readonly Descriptor[]): Descriptor[] {
  const tags = new Set(added.flatMap((entry) => tagOf(entry) ?? []));
  const others = entries.map((entry) => {
    const tag = tagOf(entry);
    return tag !== undefined && tags.has(tag) ? stripEntry(entry, {tag: true}) : entry;
  });
  return dropRedundant([...others, ...added]);
}

/** Drops entries without a tag that say nothing which another entry of the same manifest does not say. */
export function dropRedundant(entries: readonly Descriptor[]): Descriptor[] {
  const facts = entries.map((entry) => ({entry, tag: tagOf(entry), source: repoDigestOf(entry)}));
  const keptOf = new Map<string, typeof facts>();
  const kept: Descriptor[] = [];
  // Entries with a tag first: they make the others redundant, never the other way round.
  for (const fact of facts.sort((a, b) => Number(!a.tag) - Number(!b.tag))) {
    const {entry, tag, source} = fact;
    const same = keptOf.get(entry.digest) ?? [];
    const saysNothing = same.some(
      (other) =>
        (source === undefined || other.source === source) && (tag === undefined || tag === other.tag),
    );
    if (saysNothing) continue;
    same.push(fact);
    keptOf.set(entry.digest, same);
    kept.push(entry);
  }
  return kept;
}
