// Which images a save is of, and under which names: Docker's rules for the arguments of `save`. Pure.
import {EngineError} from '../../errors.ts';
import {type Descriptor, mediaTypes} from '../../oci/image-spec.ts';
import type {Digest} from '../digest.ts';
import {resolveIn} from '../image-lookup.ts';
import {originalDigestOf, repoDigestOf, tagOf} from '../layout/image-entry.ts';
import {
  familiarReference,
  formatReference,
  nameOf,
  parseImageName,
  parseReference,
  type Reference,
} from '../reference.ts';
import type {StoreContent} from '../store-content.ts';

/** One manifest to save, with the names it was asked for by. */
export interface SelectedImage {
  id: Digest;
  /** The entry of index.json: an OCI manifest, where there is one. */
  entry: Descriptor;
  references: Reference[];
}

/** An entry with the ID of its image; undefined for one that is damaged. */
export interface IdentifiedEntry {
  entry: Descriptor;
  id: Digest | undefined;
}

/**
 * A name without a tag means every tag of its repository; an ID or a digest means the image without a name. Each manifest once, in
 * the order asked for. Throws EngineError 'image-not-found', 'image-ambiguous', 'image-damaged', 'invalid-reference'.
 */
export function selectImages(
  names: readonly string[],
  entries: readonly IdentifiedEntry[],
  content: StoreContent,
): SelectedImage[] {
  const selected = new Map<string, SelectedImage>();
  const take = (id: Digest, entry: Descriptor, reference?: Reference) => {
    const image = selected.get(entry.digest) ?? {id, entry, references: []};
    selected.set(entry.digest, image);
    const isNew = (one: Reference) =>
      image.references.every((known) => formatReference(known) !== formatReference(one));
    if (reference && isNew(reference)) image.references.push(reference);
  };
  for (const name of names) {
    const tags = tagsMeant(name, entries);
    if (tags.length > 0) {
      for (const {tag, entry} of tags) take(resolveIn(content, tag).id, entry, parseReference(tag));
      continue;
    }
    const {id} = resolveMeant(content, name);
    take(id, chooseEntry(name, id, entries));
  }
  return [...selected.values()];
}

// Docker has other words for a tag that is not there than for a repository.
function resolveMeant(content: StoreContent, name: string) {
  try {
    return resolveIn(content, name);
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'image-not-found') throw error;
    const meant = hasOwnTag(name) ? familiarReference(parseReference(name)) : name;
    throw new EngineError('image-not-found', `No such image: ${meant}`, {cause: error});
  }
}

function tagsMeant(name: string, entries: readonly IdentifiedEntry[]): {tag: string; entry: Descriptor}[] {
  const meant = parseImageName(name);
  const reference = meant.kind === 'id' ? undefined : meant.reference;
  if (!reference || reference.digest !== undefined) return [];
  const wanted = hasOwnTag(name) ? formatReference(reference) : `${nameOf(reference)}:`;
  return entries.flatMap(({entry}) => {
    const tag = tagOf(entry);
    const isMeant = tag !== undefined && (hasOwnTag(name) ? tag === wanted : tag.startsWith(wanted));
    return isMeant ? [{tag, entry}] : [];
  });
}

function hasOwnTag(name: string): boolean {
  return name.lastIndexOf(':') > name.lastIndexOf('/');
}

// An image may have several manifests: the one named by its digest, or else the first of OCI's, which every tool reads.
function chooseEntry(name: string, id: Digest, entries: readonly IdentifiedEntry[]): Descriptor {
  const own = entries.filter((item) => item.id === id).map(({entry}) => entry);
  const byName = own.filter((entry) => {
    const {digest} = parseReferenceOf(name) ?? {};
    return digest !== undefined && [originalDigestOf(entry), digestOf(repoDigestOf(entry))].includes(digest);
  });
  const candidates = byName.length > 0 ? byName : own;
  const chosen = candidates.find(({mediaType}) => mediaType !== mediaTypes.dockerManifest) ?? candidates[0];
  if (!chosen) throw new Error(`no entry of index.json leads to image ${id}`);
  return chosen;
}

function parseReferenceOf(name: string): Reference | undefined {
  const meant = parseImageName(name);
  return meant.kind === 'id' ? undefined : meant.reference;
}

function digestOf(repoDigest: string | undefined): Digest | undefined {
  return repoDigest === undefined ? undefined : parseReference(repoDigest).digest;
}
