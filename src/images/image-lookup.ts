// Which of the stored images a person means. Pure.
import {EngineError} from '../errors.ts';
import {hexOf} from './digest.ts';
import {familiarReference, formatReference, parseImageName, type Reference} from './reference.ts';
import type {StoreContent} from './store-content.ts';
import type {DamagedImage, StoredImage} from './stored-image.ts';

/** By reference, ID or ID prefix. Throws EngineError 'image-not-found', 'image-ambiguous', 'image-damaged'. */
export function resolveIn(content: StoreContent, text: string): StoredImage {
  const name = parseImageName(text);
  const byName = name.kind !== 'id' && name.reference && findByReference(content.images, name.reference);
  if (byName) return byName;
  const damaged = findDamaged(content.damaged, text);
  if (damaged) {
    throw new EngineError('image-damaged', `image ${text} is damaged: ${damaged.error.message}`, {
      hint: `'crundle pull ${text}' mends it`,
      cause: damaged.error,
    });
  }
  if (name.kind === 'id' || name.kind === 'prefix') {
    const prefix = name.kind === 'id' ? hexOf(name.id) : name.hex;
    const matches = content.images.filter((image) => hexOf(image.id).startsWith(prefix));
    if (matches.length > 1) {
      throw new EngineError('image-ambiguous', `multiple IDs found with provided prefix: ${prefix}`);
    }
    if (matches[0]) return matches[0];
  }
  const shown = name.kind !== 'id' && name.reference ? familiarReference(name.reference) : text;
  throw new EngineError('image-not-found', `No such image: ${shown}`);
}

/** The image under a name. A digest decides; a tag beside it does not. */
export function findByReference(
  images: readonly StoredImage[],
  reference: Reference,
): StoredImage | undefined {
  const {tag: _, ...untagged} = reference;
  const wanted = formatReference(reference.digest === undefined ? reference : untagged);
  const {registry, repository, digest} = reference;
  return images.find(
    (image) =>
      image.references.includes(wanted) ||
      image.repoDigests.includes(wanted) ||
      // name@digest may also name the platform's manifest inside the index that was pulled.
      (digest === image.manifestDigest &&
        image.repoDigests.some((item) => item.startsWith(`${registry}/${repository}@`))),
  );
}

export function findDamaged(damaged: readonly DamagedImage[], text: string): DamagedImage | undefined {
  const name = parseImageName(text);
  if (name.kind === 'id') return damaged.find((image) => image.manifestDigest === name.id);
  if (!name.reference) return undefined;
  const wanted = formatReference(name.reference);
  return damaged.find((image) => image.references.includes(wanted));
}
