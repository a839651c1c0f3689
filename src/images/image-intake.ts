// From the documents of an image to everything of it in the store but its name: blobs durable, layers unpacked. What fails
// adds nothing but, where going on makes sense, partial downloads.
import {EngineError} from '../errors.ts';
import {type Descriptor, mediaTypes} from '../oci/image-spec.ts';
import {freeSpace} from '../system/free-space.ts';
import {checkCancelled} from './cancellation.ts';
import {type Digest, digestOf, parseDigest} from './digest.ts';
import {diskFullHint} from './disk-full.ts';
import type {ImageDocuments} from './image-documents.ts';
import type {ImageSource} from './image-source.ts';
import type {ImageStore} from './image-store.ts';
import type {PulledLayer} from './layer-pull.ts';
import type {LayerSink} from './layer-sink.ts';
import {toOciManifest} from './oci-manifest.ts';
import {type PlannedLayer, planLayers, pullLayers} from './pull-layers.ts';
import type {ProgressListener} from './pull-progress.ts';

export interface IntakeRequest<Layer> {
  /** The image, for messages. */
  subject: string;
  source: ImageSource;
  store: ImageStore;
  layers: LayerSink<Layer>;
  /** Layers fetched and unpacked at once. */
  maxConcurrentDownloads: number;
  /** What of a broken download may be gone on with the next time is kept. */
  keepsPartials: boolean;
  onProgress?: ProgressListener;
  signal?: AbortSignal;
}

/**
 * Takes the image in, and returns the OCI manifest made of a Docker one, should it be one. The caller holds store.lock shared, and
 * names the image. Safe beside other intakes of any image. Throws EngineError 'digest-mismatch', 'size-mismatch', 'registry-…',
 * 'archive-invalid', 'layer-…', 'disk-full', 'cancelled'.
 */
export async function takeIn<Layer>(
  request: IntakeRequest<Layer>,
  documents: ImageDocuments,
): Promise<Descriptor | undefined> {
  const plan = planLayers(documents);
  await checkSpace(request, plan);
  const twin = makeTwin(documents);
  const pulled = await pullLayers(request, plan);
  try {
    checkCancelled(request.signal);
    await publish(request, documents, {twin, plan, pulled});
  } catch (error) {
    for (const {layer} of pulled) if (layer !== undefined) await request.layers.discard(layer);
    throw error;
  }
  return twin?.descriptor;
}

// Early, so that nobody waits hours for an image that the disk cannot hold: what comes over the network is kept, and unpacked
// beside it. How large that is no document says.
async function checkSpace<Layer>(
  {store, layers, subject}: IntakeRequest<Layer>,
  plan: readonly PlannedLayer[],
): Promise<void> {
  const {layout} = store;
  const blobs = new Map(plan.map(({digest, descriptor: {size}}) => [digest, size]));
  let blobBytes = 0;
  for (const [digest, size] of blobs) {
    if (!layout.hasBlob(digest, size)) blobBytes += Math.max(0, size - layout.partialBytes(digest));
  }
  let unpackedBytes = 0;
  for (const {chainId, descriptor} of plan) {
    if (!(await layers.has(chainId))) unpackedBytes += descriptor.size * unpackedFactor(descriptor.mediaType);
  }
  const {freeBytes, reserveBytes, spareBytes} = freeSpace(layout.root);
  if (blobBytes + unpackedBytes <= spareBytes) return;
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
  throw new EngineError(
    'disk-full',
    `${subject} needs about ${megabytes(blobBytes + unpackedBytes)} in ${layout.root}, which has ${megabytes(freeBytes)} left (${megabytes(reserveBytes)} of it stay free)`,
    {
      hint: diskFullHint,
    },
  );
}

// Most layers become two to three times as large: the lower number turns fewest away that would have fitted.
function unpackedFactor(mediaType: string): number {
  return /[+.](gzip|zstd)$/.test(mediaType) ? 2 : 1;
}

interface Twin {
  digest: Digest;
  bytes: Uint8Array;
  descriptor: Descriptor;
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

interface Obtained<Layer> {
  twin: Twin | undefined;
  plan: readonly PlannedLayer[];
  pulled: readonly PulledLayer<Layer>[];
}

// Everything below is durable when it returns; only the name is missing.
async function publish<Layer>(
  {store, layers, subject}: IntakeRequest<Layer>,
  {manifest, configBytes, descriptor, manifestBytes}: ImageDocuments,
  {twin, plan, pulled}: Obtained<Layer>,
): Promise<void> {
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
    throw new EngineError('state-busy', `a failed pull of another image removed a layer of ${subject}`, {
      hint: 'try again',
    });
  }
  for (const [index, {chainId, parents}] of plan.entries()) {
    const layer = pulled[index]?.layer;
    if (layer !== undefined) await layers.commit(layer, {chainId, parents});
  }
}
