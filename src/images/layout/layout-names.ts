// The names of files in an OCI image layout. https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
import {algorithmOf, type Digest, hexOf, isDigest} from '../digest.ts';

export const layoutMarker = 'oci-layout';
export const layoutIndex = 'index.json';
/** What is in every layout's marker. */
export const layoutVersion = '{"imageLayoutVersion":"1.0.0"}';

/** `blobs/sha256/HEX` */
export function blobName(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;
}

/** The digest that a name is of; undefined for another name. */
export function blobOf(name: string): Digest | undefined {
  const [, algorithm, hex] = /^(?:\.\/)?blobs\/([a-z0-9]+)\/([a-f0-9]+)$/.exec(name) ?? [];
  const digest = `${algorithm}:${hex}`;
  return isDigest(digest) ? digest : undefined;
}
