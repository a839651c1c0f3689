// An image that is made here, of a base and one layer more: its documents, and its way into the store, which is that of every
// image. https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
import {EngineError} from '../errors.ts';
import {
  type Descriptor,
  type ImageConfig,
  type ImageHistory,
  type ImageManifest,
  type ImageRuntimeConfig,
  mediaTypes,
  type Platform,
} from '../oci/image-spec.ts';
import {type Digest, digestOf} from './digest.ts';
import type {ImageDocuments} from './image-documents.ts';
import {takeIn} from './image-intake.ts';
import type {ImageSource} from './image-source.ts';
import type {ImageStore} from './image-store.ts';
import type {LayerSink} from './layer-sink.ts';
import type {LayerBlob} from './layout/layer-blob.ts';
import {toOciManifest} from './oci-manifest.ts';
import type {Reference} from './reference.ts';
import {defaultTiming} from './registry/registry-endpoint.ts';
import type {StoredImage} from './stored-image.ts';

export interface NewImage {
  /** What lies below; absent: nothing. */
  base?: StoredImage;
  /** Absent: the step has changed no file. */
  layer?: LayerBlob;
  platform: Platform;
  config: ImageRuntimeConfig;
  author?: string;
  /** The step that made it. Its time is the image's. */
  step: ImageHistory & {created: string};
}

export interface NewImageRequest<Layer> {
  image: NewImage;
  /** The names that it gets; whoever had one loses it. */
  references: readonly Reference[];
  /** For messages: 'an image of web'. */
  subject: string;
  store: ImageStore;
  layers: LayerSink<Layer>;
  signal?: AbortSignal;
}

/**
 * Takes the image into the store, durably: its blobs first, its entry last. Safe beside pulls and removals; the caller holds
 * store.lock shared. Throws EngineError 'image-damaged' when a layer of the base is missing, 'disk-full', 'cancelled', and what
 * the unpacking of a layer throws.
 */
export async function storeNewImage<Layer>({
  image,
  references,
  subject,
  store,
  layers,
  signal,
}: NewImageRequest<Layer>): Promise<StoredImage> {
  const documents = documentsOf(image);
  await store.layout.prepare();
  const intake = {subject, source: nothingElse(subject), store, layers, maxConcurrentDownloads: 1};
  if (image.layer) await store.layout.adopt(image.layer.digest, image.layer.path);
  await takeIn({...intake, keepsPartials: false, ...(signal && {signal})}, documents);
  return (await store.add(documents.descriptor, references)).image;
}

function documentsOf({base, layer, platform, config, author, step}: NewImage): ImageDocuments {
  const {os, architecture, variant} = platform;
  const below = base ? toOciManifest(base.manifest).layers : [];
  const document: ImageConfig = {
    created: step.created,
    ...(author && {author}),
    architecture,
    ...(variant !== undefined && {variant}),
    os,
    config,
    rootfs: {type: 'layers', diff_ids: [...(base?.diffIds ?? []), ...(layer ? [layer.diffId] : [])]},
    history: [...(base?.config.history ?? []), {...step, ...(!layer && {empty_layer: true})}],
  };
  const configBytes = Buffer.from(JSON.stringify(document));
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: {mediaType: mediaTypes.ociConfig, digest: digestOf(configBytes), size: configBytes.length},
    layers: [...below, ...(layer ? [describeLayer(layer)] : [])],
  };
  const manifestBytes = Buffer.from(JSON.stringify(manifest));
  const digest = digestOf(manifestBytes);
  return {
    digest,
    descriptor: {mediaType: mediaTypes.ociManifest, digest, size: manifestBytes.length, platform},
    manifestBytes,
    manifest,
    configBytes,
    config: document,
  };
}

function describeLayer({digest, sizeBytes}: LayerBlob): Descriptor {
  return {mediaType: mediaTypes.ociLayerGzip, digest, size: sizeBytes};
}

// What is not in the store is lost.
function nothingElse(subject: string): ImageSource {
  const missing = (digest: Digest) =>
    new EngineError('image-damaged', `cannot make ${subject}: the layer ${digest} below it is missing`, {
      hint: 'pull its base image again: only what is missing is fetched',
    });
  return {
    name: subject,
    damageHint: 'try again',
    timing: {...defaultTiming, maxRetries: 0},
    getManifest: async () => await Promise.reject(new Error('the documents are at hand')),
    getBlob: async (digest) => await Promise.reject(missing(digest)),
    openBlob: async (digest) => await Promise.reject(missing(digest)),
  };
}
