// A pull, whole: documents, layers in parallel, then the one moment in which the image becomes visible. A pull that fails
// adds nothing to the store but, where going on makes sense, partial downloads.
import {statfs} from 'node:fs/promises';
import {EngineError} from '../errors.ts';
import {type Descriptor, mediaTypes, type Platform} from '../oci/image-spec.ts';
import {checkCancelled} from './cancellation.ts';
import {type Digest, digestOf, parseDigest} from './digest.ts';
import {fetchDocuments, type ImageDocuments} from './image-documents.ts';
import type {ImageStore} from './image-store.ts';
import type {PulledLayer} from './layer-pull.ts';
import type {LayerSink} from './layer-sink.ts';
import {toOciManifest} from './oci-manifest.ts';
import {rankPlatform} from './platform.ts';
import {type PlannedLayer, planLayers, pullLayers} from './pull-layers.ts';
import type {ProgressListener} from './pull-progress.ts';
import {familiarName, familiarReference, formatReference, nameOf, type Reference} from './reference.ts';
import {Registry} from './registry.ts';
import type {RegistryOptions} from './registry-endpoint.ts';
import type {StoredImage} from './stored-image.ts';

export interface PullRequest<Layer> {
  reference: Reference;
  platform: Platform;
  store: ImageStore;
  layers: LayerSink<Layer>;
  registry: RegistryOptions;
  /** Layers downloaded and unpacked at once. */
  maxConcurrentDownloads: number;
  onProgress?: ProgressListener;
  /** Ends the pull at once, with 'cancelled'. */
  signal?: AbortSignal;
}

export interface PullResult {
  image: StoredImage;
  /** As the registry gave it: of the index, where there is one. */
  digest: Digest;
  /** False when the name already meant this image. */
  changed: boolean;
}

/**
 * Fetches an image, or what is missing of it. Idempotent, and safe beside other pulls of any image; the caller holds
 * store.lock shared. Each blob is durable before its layer is committed, and each layer before the image gets its
 * name. Throws EngineError 'manifest-…', 'platform-mismatch', 'digest-mismatch', 'size-mismatch', 'registry-…',
 * 'credentials-invalid', 'layer-…', 'disk-full', 'cancelled'.
 */
export async function pullImage<Layer>(request: PullRequest<Layer>): Promise<PullResult> {
  const {reference, store, signal} = request;
  const status = (text: string) => request.onProgress?.({kind: 'status', text});
  checkCancelled(signal);
  if (nameOf(reference) === 'docker.io/library/scratch') {
    throw new EngineError('invalid-reference', "'scratch' is a reserved name");
  }
  await store.layout.prepare();
  using registry = new Registry(reference, request.registry);
  status(
    `${reference.digest ? formatReference(reference) : reference.tag}: Pulling from ${reference.repository}`,
  );
  const known = await findUpToDate(request, registry);
  const result = known ?? (await fetchImage(request, registry));
  const subject = familiarReference(reference);
  status(`Digest: ${result.digest}`);
  status(
    result.changed
      ? `Status: Downloaded newer image for ${subject}`
      : `Status: Image is up to date for ${subject}`,
  );
  return result;
}

// One HEAD, which Docker Hub does not count, tells whether a tag still means what it meant.
async function findUpToDate<Layer>(
  {reference, platform, store, layers, signal}: PullRequest<Layer>,
  registry: Registry,
): Promise<PullResult | undefined> {
  const known = store.find(reference);
  if (!known?.source || rankPlatform(known.image.config, platform) === undefined) return undefined;
  const {image, source} = known;
  if (!image.manifest.layers.every((layer) => store.layout.hasBlob(parseDigest(layer.digest), layer.size))) {
    return undefined;
  }
  const present = await Promise.all(image.chainIds.map((chainId) => layers.has(chainId)));
  if (present.includes(false)) return undefined;
  const current = reference.digest ?? (await registry.headManifest(reference.tag ?? 'latest', signal));
  return current === source ? {image, digest: source, changed: false} : undefined;
}

async function fetchImage<Layer>(request: PullRequest<Layer>, registry: Registry): Promise<PullResult> {
  const {reference, platform, store, signal} = request;
  const documents = await fetchDocuments(registry, reference, platform, signal);
  await checkSpace(request, documents);
  const plan = planLayers(documents);
  const twin = makeTwin(documents);
  const pulled = await pullLayers(request, registry, plan);
  try {
    checkCancelled(signal);
    await publish(request, documents, twin, plan, pulled);
  } catch (error) {
    for (const {layer} of pulled) if (layer !== undefined) await request.layers.discard(layer);
    throw error;
  }
  const {descriptor, digest} = documents;
  const {image, changed} = await store.record(reference, descriptor, digest, twin?.descriptor);
  return {image, digest, changed};
}

// Early, so that a disk that cannot hold the image is not filled for nothing.
async function checkSpace<Layer>(
  {store, reference}: PullRequest<Layer>,
  {manifest}: ImageDocuments,
): Promise<void> {
  const missing = manifest.layers.filter(
    (layer) => !store.layout.hasBlob(parseDigest(layer.digest), layer.size),
  );
  const neededBytes = missing.reduce((sum, layer) => sum + layer.size, 0);
  const {bavail, bsize} = await statfs(store.layout.root);
  if (neededBytes <= bavail * bsize) return;
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
  throw new EngineError(
    'disk-full',
    `${familiarReference(reference)} needs at least ${megabytes(neededBytes)} in ${store.layout.root}, which has ${megabytes(bavail * bsize)} left`,
    {
      hint: "'crundle images' lists what can be removed; data-root in /etc/crundle/config.json can be on a larger disk",
    },
  );
}

// Tools of the time before 2024, such as Debian 12's skopeo, find only OCI manifests in a layout.
function makeTwin({manifest, descriptor}: ImageDocuments): Twin | undefined {
  if (descriptor.mediaType !== mediaTypes.dockerManifest) return undefined;
  const bytes = Buffer.from(JSON.stringify(toOciManifest(manifest)));
  const digest = digestOf(bytes);
  return {
    digest,
    bytes,
    descriptor: {...descriptor, mediaType: mediaTypes.ociManifest, digest, size: bytes.length},
  };
}

interface Twin {
  digest: Digest;
  bytes: Uint8Array;
  descriptor: Descriptor;
}

// Everything below is durable when it returns; only the name is missing.
async function publish<Layer>(
  {store, layers, reference}: PullRequest<Layer>,
  documents: ImageDocuments,
  twin: Twin | undefined,
  plan: readonly PlannedLayer[],
  pulled: readonly PulledLayer<Layer>[],
): Promise<void> {
  const {manifest, configBytes, descriptor, manifestBytes} = documents;
  const lost = await store.layout.publish(
    plan
      .filter((_, index) => pulled[index]?.isDownloaded)
      .map(({digest, descriptor: {size: sizeBytes}}) => ({digest, sizeBytes})),
    [
      {digest: parseDigest(manifest.config.digest), bytes: configBytes},
      {digest: parseDigest(descriptor.digest), bytes: manifestBytes},
      ...(twin ? [twin] : []),
    ],
  );
  if (lost !== undefined) {
    const name = familiarName(reference);
    throw new EngineError('state-busy', `a failed pull of another image removed a layer of ${name}`, {
      hint: 'pull again',
    });
  }
  for (const [index, {chainId, parents}] of plan.entries()) {
    const layer = pulled[index]?.layer;
    if (layer !== undefined) await layers.commit(layer, {chainId, parents});
  }
}
