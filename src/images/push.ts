// A push, whole: layers in parallel, the config, and the manifest last, so that the tag never names what is not there.
import {createReadStream} from 'node:fs';
import {EngineError, isEngineError} from '../errors.ts';
import {asTask, cancelled, checkCancelled} from './cancellation.ts';
import {type Digest, parseDigest, startDigest} from './digest.ts';
import type {ImageStore} from './image-store.ts';
import {LayerReporter, type ProgressListener} from './pull-progress.ts';
import {manifestToPush, type PushedManifest, recordPush} from './pushed-manifest.ts';
import {familiarReference, parseReference, type Reference} from './reference.ts';
import {type BlobOutcome, type BlobUploadOptions, uploadBlob} from './registry/blob-upload.ts';
import type {RegistryOptions} from './registry/registry-endpoint.ts';
import {type BlobContent, RegistryUploads} from './registry/registry-uploads.ts';
import type {StoredImage} from './stored-image.ts';

export interface PushRequest {
  /** With a tag. */
  reference: Reference;
  image: StoredImage;
  store: ImageStore;
  registry: RegistryOptions;
  /** Layers sent at once. */
  maxConcurrentUploads: number;
  onProgress?: ProgressListener;
  /** Ends the push at once, with 'cancelled'. */
  signal?: AbortSignal;
}

export interface PushResult {
  /** Of the manifest, which is in the registry byte for byte what it is here. */
  digest: Digest;
  sizeBytes: number;
}

/**
 * Sends an image, or what the registry lacks of it. Idempotent. The caller holds store.lock shared. Throws EngineError
 * 'registry-…', 'image-damaged', 'credentials-invalid', 'digest-mismatch', 'cancelled'.
 */
export async function pushImage(request: PushRequest): Promise<PushResult> {
  return await asTask('push', () => push(request));
}

async function push(request: PushRequest): Promise<PushResult> {
  const {reference, store, signal, onProgress} = request;
  checkCancelled(signal);
  const manifest = manifestToPush(store.layout, reference);
  using registry = new RegistryUploads(reference, request.registry);
  const blobs = await planBlobs(request, manifest);
  await pushBlobs(request, registry, blobs);
  const config = parseDigest(manifest.document.config.digest);
  await pushBlob(request, registry, {
    ...blobOf(store, config, manifest.document.config.size),
    sources: [],
    closed: new Set(),
    reporter: undefined,
  });
  const tag = reference.tag ?? 'latest';
  await registry.putManifest(tag, manifest, signal);
  await recordPush(store.layout, reference, manifest);
  const {digest, bytes} = manifest;
  onProgress?.({kind: 'status', text: `${tag}: digest: ${digest} size: ${bytes.length}`});
  return {digest, sizeBytes: bytes.length};
}

interface PlannedBlob extends BlobContent, Pick<BlobUploadOptions, 'closed'> {
  /** Repositories of the registry that an image with this layer came from or went to. */
  sources: string[];
  reporter: LayerReporter | undefined;
}

// The highest layer first, as Docker does; a layer that the image has twice is sent once.
async function planBlobs(
  {image, store, reference, onProgress}: PushRequest,
  {document}: PushedManifest,
): Promise<PlannedBlob[]> {
  const images = await store.list();
  const blobs = new Map<Digest, PlannedBlob>();
  const closed = new Set<string>();
  for (const [index, layer] of [...document.layers.entries()].reverse()) {
    const digest = parseDigest(layer.digest);
    const reporter = new LayerReporter(image.diffIds[index] ?? digest, layer.size, onProgress);
    reporter.report('Preparing');
    if (blobs.has(digest)) continue;
    const sources = sourcesOf(digest, reference, images);
    blobs.set(digest, {...blobOf(store, digest, layer.size), sources, closed, reporter});
  }
  return [...blobs.values()];
}

function sourcesOf(digest: Digest, reference: Reference, images: readonly StoredImage[]): string[] {
  const names = images
    .filter((image) => image.manifest.layers.some((layer) => layer.digest === digest))
    .flatMap((image) => image.repoDigests.map(parseReference))
    .filter((known) => known.registry === reference.registry && known.repository !== reference.repository);
  return [...new Set(names.map(({repository}) => repository))];
}

function blobOf(store: ImageStore, digest: Digest, sizeBytes: number): BlobContent {
  const path = store.layout.blobPath(digest);
  return {digest, sizeBytes, open: (start) => createReadStream(path, {start})};
}

// The first failure stops the others.
async function pushBlobs(
  request: PushRequest,
  registry: RegistryUploads,
  blobs: readonly PlannedBlob[],
): Promise<void> {
  const stop = new AbortController();
  const signal = request.signal ? AbortSignal.any([request.signal, stop.signal]) : stop.signal;
  const queue = [...blobs];
  let failure: unknown;
  const work = async () => {
    for (let blob = queue.shift(); blob && !signal.aborted; blob = queue.shift()) {
      try {
        await pushBlob({...request, signal}, registry, blob);
      } catch (error) {
        failure ??= error;
        stop.abort();
      }
    }
  };
  for (const {reporter} of blobs.slice(request.maxConcurrentUploads)) reporter?.report('Waiting');
  await Promise.all(Array.from({length: request.maxConcurrentUploads}, work));
  if (request.signal?.aborted) throw cancelled();
  if (failure !== undefined) throw failure;
}

async function pushBlob(
  {store, reference, signal}: PushRequest,
  registry: RegistryUploads,
  {reporter, sources, closed, ...blob}: PlannedBlob,
): Promise<void> {
  if (!store.layout.hasBlob(blob.digest, blob.sizeBytes)) throw damaged(reference, blob.digest);
  let outcome: BlobOutcome;
  try {
    const onUploaded = (bytes: number) => reporter?.report('Pushing', bytes);
    outcome = await uploadBlob({registry, blob, sources, closed, signal, onUploaded});
  } catch (error) {
    // Whose fault is it? The registry says that other bytes came than were promised.
    if (isEngineError(error, 'digest-mismatch') && !(await isWhole(blob)))
      throw damaged(reference, blob.digest);
    throw error;
  }
  if (outcome.kind === 'mounted') reporter?.report(`Mounted from ${outcome.from}`);
  else reporter?.report(outcome.kind === 'pushed' ? 'Pushed' : 'Layer already exists');
}

async function isWhole({digest, open}: BlobContent): Promise<boolean> {
  const hash = startDigest(digest);
  for await (const piece of open(0)) hash.update(piece);
  return hash.end() === digest;
}

function damaged(reference: Reference, digest: Digest): EngineError {
  return new EngineError(
    'image-damaged',
    `blob ${digest} of ${familiarReference(reference)} is missing here, or is not what its name says`,
    {hint: 'pull or build it again to mend it'},
  );
}
