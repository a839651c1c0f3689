// The documents behind an entry of index.json, read once: blobs never change under their digest, so what was read stays right.
import {EngineError, isEngineError} from '../errors.ts';
import type {Descriptor, ImageConfig, ImageManifest} from '../oci/image-spec.ts';
import {chainIdsOf, type Digest, parseDigest} from './digest.ts';
import {parseImageConfig} from './image-config.ts';
import {originalDigestOf, tagOf} from './layout/image-entry.ts';
import type {ImageLayout} from './layout/image-layout.ts';
import {parseManifest} from './manifest.ts';
import type {StoredImage} from './stored-image.ts';

/** What the documents alone say about an image: everything but its names. */
export type LoadedImage = Omit<StoredImage, 'references' | 'repoDigests'>;

export class ImageLoader {
  readonly #layout: ImageLayout;
  /** By the digest of a manifest and of the one it was made of. */
  readonly #loaded = new Map<string, LoadedImage>();

  constructor(layout: ImageLayout) {
    this.#layout = layout;
  }

  /** Reads everything anew the next time, as another process would. */
  forget(): void {
    this.#loaded.clear();
  }

  /** Throws EngineError 'image-damaged', 'manifest-invalid', 'manifest-unsupported'. */
  load(entry: Descriptor): LoadedImage {
    const original = originalDigestOf(entry) ?? parseDigest(entry.digest);
    const key = `${entry.digest} ${original}`;
    const known = this.#loaded.get(key);
    if (known) return known;
    const manifest = this.readManifest(entry);
    const id = parseDigest(manifest.config.digest);
    const config = parseImageConfig(this.#layout.readBlob(id), `image ${id}`, manifest);
    const image = describe(original, id, manifest, config);
    this.#loaded.set(key, image);
    return image;
  }

  /** Undefined for an entry whose documents are damaged. */
  tryLoad(entry: Descriptor): LoadedImage | undefined {
    try {
      return this.load(entry);
    } catch (error) {
      if (isEngineError(error)) return undefined;
      throw error;
    }
  }

  /** The manifest alone. Throws what `load` throws. */
  readManifest(entry: Descriptor): ImageManifest {
    const digest = parseDigest(entry.digest);
    const document = parseManifest(
      this.#layout.readBlob(digest),
      entry.mediaType,
      `image ${tagOf(entry) ?? digest}`,
    );
    if (document.kind === 'manifest') return document.manifest;
    throw new EngineError('image-damaged', `${digest} is an index, not the manifest of one platform`);
  }
}

function describe(
  manifestDigest: Digest,
  id: Digest,
  manifest: ImageManifest,
  config: ImageConfig,
): LoadedImage {
  const {os, architecture, variant} = config;
  const diffIds = config.rootfs.diff_ids.map(parseDigest);
  const createdAt = new Date(config.created ?? '');
  return {
    id,
    manifestDigest,
    config,
    manifest,
    platform: {os, architecture, ...(variant === undefined ? {} : {variant})},
    diffIds,
    chainIds: chainIdsOf(diffIds),
    ...(Number.isNaN(createdAt.getTime()) ? {} : {createdAt}),
    compressedBytes: manifest.layers.reduce((sum, layer) => sum + layer.size, 0),
  };
}
