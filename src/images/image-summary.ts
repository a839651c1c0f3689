// An image as lists show it. Pure.
import type {Platform} from '../oci/image-spec.ts';
import type {Digest} from './digest.ts';
import type {StoredImage} from './stored-image.ts';

export interface ImageSummary {
  id: Digest;
  /** Canonical 'name:tag'. */
  references: string[];
  /** Canonical 'name@digest'. */
  repoDigests: string[];
  createdAt?: Date;
  /** Unpacked, as Docker counts. */
  sizeBytes: number;
  platform: Platform;
  labels: Record<string, string>;
  /** How many containers are made of it. */
  containers: number;
}

/** Joins an image with what others know about it. */
export function summarizeImage(
  image: StoredImage,
  facts: {sizeBytes: number; containers: number},
): ImageSummary {
  const {id, references, repoDigests, createdAt, platform, config} = image;
  return {
    id,
    references,
    repoDigests,
    ...(createdAt && {createdAt}),
    platform,
    labels: config.config?.Labels ?? {},
    ...facts,
  };
}
