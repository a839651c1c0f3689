// An image of this machine, read together from its manifest and config; and one that cannot be read.
import type {EngineError} from '../errors.ts';
import type {ImageConfig, ImageManifest, Platform} from '../oci/image-spec.ts';
import type {Digest} from './digest.ts';

export interface StoredImage {
  /** Digest of the config: Docker's image ID. */
  id: Digest;
  /** The platform's manifest, as the registry has it. */
  manifestDigest: Digest;
  /** Canonical 'name:tag', in the order they were given; empty for an image without a tag. */
  references: string[];
  /** Canonical 'name@digest' of what was pulled: the index, where there was one. */
  repoDigests: string[];
  config: ImageConfig;
  manifest: ImageManifest;
  platform: Platform;
  /** Lowest layer first, as everywhere. */
  diffIds: Digest[];
  chainIds: Digest[];
  createdAt?: Date;
  /** Sum of the layers as they lie in the store. */
  compressedBytes: number;
}

/** An entry whose manifest or config is missing or is not what it should be. */
export interface DamagedImage {
  manifestDigest: Digest;
  references: string[];
  error: EngineError;
}
