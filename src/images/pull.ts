// A pull, whole: documents, layers in parallel, then the one moment in which the image becomes visible. A pull that fails
// adds nothing to the store but, where going on makes sense, partial downloads.
import {EngineError} from '../errors.ts';
import type {ImageConfig, Platform} from '../oci/image-spec.ts';
import {asTask, checkCancelled} from './cancellation.ts';
import {chainIdsOf, type Digest, parseDigest} from './digest.ts';
import {fetchDocuments} from './image-documents.ts';
import {takeIn} from './image-intake.ts';
import type {ImageStore} from './image-store.ts';
import type {LayerSink} from './layer-sink.ts';
import {rankPlatform} from './platform.ts';
import type {ProgressListener} from './pull-progress.ts';
import {familiarReference, formatReference, nameOf, type Reference} from './reference.ts';
import {Registry} from './registry/registry.ts';
import type {RegistryOptions} from './registry/registry-endpoint.ts';
import type {StoredImage} from './stored-image.ts';

export interface PullRequest<Layer> {
  reference: Reference;
  platform: Platform;
  store: ImageStore;
  layers: LayerSink<Layer>;
  registry: RegistryOptions;
  /** Layers downloaded and unpacked at once. */
  maxConcurrentDownloads: number;
  /** Looks at the image when everything of it is there, and nobody sees it. What it throws refuses the image. */
  check?(config: ImageConfig, chainIds: readonly string[]): void;
  onProgress?: ProgressListener;
  /** One of several tags: whether anything was new is told of all of them together. */
  isOneOfMany?: boolean;
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
 * 'credentials-invalid', 'layer-…', 'disk-full', 'cancelled', and what `check` throws.
 */
export async function pullImage<Layer>(request: PullRequest<Layer>): Promise<PullResult> {
  return await asTask('pull', () => pull(request));
}

async function pull<Layer>(request: PullRequest<Layer>): Promise<PullResult> {
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
  if (!request.isOneOfMany) status(pullOutcome(result.changed, subject));
  return result;
}

/** The last line of a pull. */
export function pullOutcome(changed: boolean, subject: string): string {
  return changed
    ? `Status: Downloaded newer image for ${subject}`
    : `Status: Image is up to date for ${subject}`;
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
  const subject = familiarReference(reference);
  const name = reference.digest ?? reference.tag ?? 'latest';
  const documents = await fetchDocuments(registry, {name, subject}, {wanted: platform, isFirm: true}, signal);
  const twin = await takeIn({...request, subject, source: registry, keepsPartials: true}, documents);
  const {descriptor, digest, config} = documents;
  request.check?.(config, chainIdsOf(config.rootfs.diff_ids.map(parseDigest)));
  const {image, changed} = await store.record(reference, descriptor, digest, twin);
  return {image, digest, changed};
}
