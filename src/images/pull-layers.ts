// The layers of one image, a few at a time, until each is unpacked and durable but not yet visible.
import {isEngineError} from '../errors.ts';
import type {Descriptor} from '../oci/image-spec.ts';
import {cancelled} from './cancellation.ts';
import {chainIdsOf, type Digest, parseDigest} from './digest.ts';
import type {ImageDocuments} from './image-documents.ts';
import type {IntakeRequest} from './image-intake.ts';
import type {ImageStore} from './image-store.ts';
import {type PulledLayer, pullLayer} from './layer-pull.ts';
import {removePartial} from './layout/partial-file.ts';
import {LayerReporter} from './pull-progress.ts';

export interface PlannedLayer {
  descriptor: Descriptor;
  digest: Digest;
  diffId: Digest;
  chainId: Digest;
  /** Chain IDs below it, lowest first. */
  parents: Digest[];
}

/** What is to be had for each layer, lowest first. */
export function planLayers({manifest, config}: ImageDocuments): PlannedLayer[] {
  const diffIds = config.rootfs.diff_ids.map(parseDigest);
  const chainIds = chainIdsOf(diffIds);
  return manifest.layers.map((descriptor, index) => {
    const [diffId, chainId] = [diffIds[index], chainIds[index]];
    if (!diffId || !chainId) throw new Error('the config has fewer diff IDs than the manifest has layers');
    return {
      descriptor,
      digest: parseDigest(descriptor.digest),
      diffId,
      chainId,
      parents: chainIds.slice(0, index),
    };
  });
}

/**
 * A few at once. The first failure stops the others; then nothing of them stays but, where going on makes sense,
 * partial files. The caller commits or discards what is returned, in the plan's order.
 */
export async function pullLayers<Layer>(
  request: IntakeRequest<Layer>,
  plan: readonly PlannedLayer[],
): Promise<PulledLayer<Layer>[]> {
  const {store, layers, source, subject, onProgress} = request;
  const stop = new AbortController();
  const signal = request.signal ? AbortSignal.any([request.signal, stop.signal]) : stop.signal;
  const reporters = plan.map(
    ({digest, descriptor}) => new LayerReporter(digest, descriptor.size, onProgress),
  );
  for (const reporter of reporters) reporter.report('Pulling fs layer');
  const results: (PulledLayer<Layer> | undefined)[] = plan.map(() => undefined);
  let failure: unknown;
  let next = 0;
  const work = async () => {
    for (let index = next++; index < plan.length && failure === undefined; index = next++) {
      const [planned, reporter] = [plan[index], reporters[index]];
      if (!planned || !reporter) return;
      try {
        results[index] = await pullLayer({
          ...planned,
          layout: store.layout,
          layers,
          source,
          subject,
          reporter,
          signal,
        });
      } catch (error) {
        failure ??= error;
        stop.abort();
      }
    }
  };
  const workers = Math.max(1, Math.min(request.maxConcurrentDownloads, plan.length));
  for (const reporter of reporters.slice(workers)) reporter.report('Waiting');
  await Promise.all(Array.from({length: workers}, work));
  const pulled = results.filter((result) => result !== undefined);
  if (failure === undefined) return pulled;
  for (const {layer} of pulled) if (layer !== undefined) await layers.discard(layer);
  if (!request.keepsPartials || !isWorthKeeping(failure)) await removePartials(store, plan);
  throw request.signal?.aborted ? cancelled() : failure;
}

// Going on where a broken network ended saves time; going on with a hostile image or on a full disk does not.
function isWorthKeeping(error: unknown): boolean {
  return isEngineError(
    error,
    'cancelled',
    'registry-unreachable',
    'registry-failed',
    'registry-unauthorized',
    'registry-denied',
    'state-busy',
  );
}

async function removePartials(store: ImageStore, plan: readonly PlannedLayer[]): Promise<void> {
  for (const {digest} of plan) await removePartial(store.layout.partialPath(digest));
}
