// An image as an archive has it, whichever kind of archive: where its documents and blobs are, and its names.
import type {Digest} from '../digest.ts';
import {formatReference, type Reference} from '../reference.ts';

/** More than anybody keeps in one archive; each has documents to be read. */
export const maxArchivedImages = 1000;

export interface ArchivedImage {
  /** Of its manifest, or of an index of manifests for several platforms. */
  root: Digest;
  /** Names with a tag, in the archive's order; none for an image without. */
  references: Reference[];
}

export interface ArchiveContent {
  images: ArchivedImage[];
  /** Which member a blob is. */
  memberOf(digest: Digest): string;
  /** Documents that were made of what is in the archive. */
  documents: ReadonlyMap<Digest, Buffer>;
}

/** The images of an archive as they come to light: each once, with all its names. */
export class ArchivedImages {
  readonly #images = new Map<Digest, ArchivedImage>();

  /** False when there are too many. */
  add(root: Digest, references: readonly Reference[]): boolean {
    const image = this.#images.get(root) ?? {root, references: []};
    this.#images.set(root, image);
    const known = new Set(image.references.map(formatReference));
    image.references.push(...references.filter((reference) => !known.has(formatReference(reference))));
    return this.#images.size <= maxArchivedImages;
  }

  list(): ArchivedImage[] {
    return [...this.#images.values()];
  }
}
