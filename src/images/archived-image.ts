// An image as an archive has it, whichever kind of archive: where its documents and blobs are, and its names.
import type {Digest} from './digest.ts';
import type {Reference} from './reference.ts';

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
