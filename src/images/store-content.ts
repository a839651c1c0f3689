// The images that the entries of index.json lead to: entries of one image are one image, with all their names.
import {isEngineError} from '../errors.ts';
import type {Descriptor} from '../oci/image-spec.ts';
import {type Digest, parseDigest} from './digest.ts';
import type {ImageLoader} from './image-loader.ts';
import {repoDigestOf, tagOf} from './layout/image-entry.ts';
import type {DamagedImage, StoredImage} from './stored-image.ts';

export interface StoreContent {
  images: StoredImage[];
  damaged: DamagedImage[];
}

export function readContent(entries: readonly Descriptor[], loader: ImageLoader): StoreContent {
  const images = new Map<Digest, StoredImage>();
  const damaged: DamagedImage[] = [];
  for (const entry of entries) {
    const tag = tagOf(entry);
    const repoDigest = repoDigestOf(entry);
    try {
      const loaded = loader.load(entry);
      const image = images.get(loaded.id) ?? {...loaded, references: [], repoDigests: []};
      images.set(loaded.id, image);
      if (tag !== undefined && !image.references.includes(tag)) image.references.push(tag);
      if (repoDigest !== undefined && !image.repoDigests.includes(repoDigest))
        image.repoDigests.push(repoDigest);
    } catch (error) {
      if (!isEngineError(error)) throw error;
      const references = tag === undefined ? [] : [tag];
      damaged.push({manifestDigest: parseDigest(entry.digest), references, error});
    }
  }
  return {images: [...images.values()], damaged};
}
