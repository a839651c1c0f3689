// Which blobs the images need, for what, and where each could be fetched again: read from index.json and the documents that it
// leads to, as far as they can be read.
import {isEngineError} from '../../errors.ts';
import type {Descriptor} from '../../oci/image-spec.ts';
import {type Digest, parseDigest} from '../digest.ts';
import type {ImageLoader} from '../image-loader.ts';
import {familiarReference, parseReference, type Reference} from '../reference.ts';
import {isTwin, originalDigestOf, repoDigestOf, tagOf} from './image-entry.ts';

export interface BlobUse {
  digest: Digest;
  kind: 'manifest' | 'config' | 'layer';
  sizeBytes: number;
  /** Of a manifest that was made from another one: that one's digest. */
  original?: Digest;
  /** Familiar names of the images, or their manifests' digests. */
  images: Set<string>;
  /** Repositories that should have it, as references to images in them. */
  sources: Map<string, Reference>;
}

export function blobUses(entries: readonly Descriptor[], loader: ImageLoader): Map<Digest, BlobUse> {
  const uses = new Map<Digest, BlobUse>();
  const add = (use: Pick<BlobUse, 'kind'> & {descriptor: Descriptor}, entry: Descriptor) => {
    const digest = parseDigest(use.descriptor.digest);
    const {kind, descriptor} = use;
    const known = uses.get(digest) ?? {
      digest,
      kind,
      sizeBytes: descriptor.size,
      images: new Set<string>(),
      sources: new Map<string, Reference>(),
    };
    uses.set(digest, known);
    known.images.add(imageName(entry));
    for (const source of sourcesOf(entry))
      known.sources.set(`${source.registry}/${source.repository}`, source);
    return known;
  };
  for (const entry of entries) {
    const use = add({kind: 'manifest', descriptor: entry}, entry);
    const original = originalDigestOf(entry);
    if (isTwin(entry) && original !== undefined) use.original = original;
    try {
      const {config, layers} = loader.readManifest(entry);
      add({kind: 'config', descriptor: config}, entry);
      for (const descriptor of layers) add({kind: 'layer', descriptor}, entry);
    } catch (error) {
      // What it needs is known when it is mended.
      if (!isEngineError(error)) throw error;
    }
  }
  return uses;
}

/** What a person calls the image of an entry. */
export function imageName(entry: Descriptor): string {
  const name = tagOf(entry) ?? repoDigestOf(entry);
  return name === undefined ? entry.digest : familiarReference(parseReference(name));
}

// Where it came from or was pushed to. A name alone says nothing: of an image that was made here, it would tell others.
function sourcesOf(entry: Descriptor): Reference[] {
  const name = repoDigestOf(entry);
  return name === undefined ? [] : [parseReference(name)];
}
