// The manifest that a push sends, and where it went, written down: an image's RepoDigests, and what later pushes may mount.
import {EngineError} from '../errors.ts';
import type {Descriptor, ImageManifest} from '../oci/image-spec.ts';
import {type Digest, parseDigest} from './digest.ts';
import {makeEntry, originalDigestOf, putEntries, stripEntry, tagOf} from './layout/image-entry.ts';
import type {ImageLayout} from './layout/image-layout.ts';
import {parseManifest} from './manifest.ts';
import {familiarReference, formatReference, type Reference} from './reference.ts';

export interface PushedManifest {
  digest: Digest;
  mediaType: string;
  bytes: Uint8Array;
  document: ImageManifest;
}

/**
 * What a tag stands for, byte for byte as it was pulled or made. Of a Docker manifest and the OCI one that was made from it
 * the first, while it is here. Throws EngineError 'image-not-found' in Docker's words, 'image-damaged', 'manifest-…'.
 */
export function manifestToPush(layout: ImageLayout, reference: Reference): PushedManifest {
  const subject = familiarReference(reference);
  const entries = layout.readIndex();
  const entry = entries.find((item) => tagOf(item) === formatReference(reference));
  if (!entry) throw new EngineError('image-not-found', `tag does not exist: ${subject}`);
  const original = originalDigestOf(entry);
  const {digest, mediaType} = entries.find((item) => item.digest === original) ?? entry;
  const bytes = layout.readBlob(parseDigest(digest));
  const document = parseManifest(bytes, mediaType, subject);
  if (document.kind === 'index')
    throw new EngineError('image-damaged', `${subject} is an index, not an image`);
  return {digest: parseDigest(digest), mediaType: document.mediaType, bytes, document: document.manifest};
}

/** Writes down that a repository now has a manifest. Idempotent. */
export async function recordPush(
  layout: ImageLayout,
  {tag: _, ...repository}: Reference,
  {digest}: PushedManifest,
): Promise<void> {
  await layout.updateIndex((entries) => {
    const known = entries.find((entry) => entry.digest === digest);
    // Removed meanwhile: then there is nothing to write it to.
    return known ? putEntries(entries, [pushedEntry(known, {...repository, digest})]) : entries;
  });
}

function pushedEntry(known: Descriptor, reference: Reference & {digest: Digest}): Descriptor {
  const {annotations} = stripEntry(known, {tag: true, source: true});
  const entry = makeEntry(known, reference, reference.digest);
  return {...entry, annotations: {...annotations, ...entry.annotations}};
}
