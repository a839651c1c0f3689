// What the data root holds, object by object, and how much of it is shared: `engine.diskUsage()`.
import type {ContainerSummary} from '../containers/container-summary.ts';
import type {ImageSummary} from '../images/image-summary.ts';
import type {ContainerEngine} from './containers.ts';
import type {ImageEngine} from './images.ts';
import type {EngineParts} from './parts.ts';
import type {VolumeEngine, VolumeSummary} from './volumes.ts';

export interface DiskUsage {
  images: ImageUsage[];
  containers: ContainerSummary[];
  volumes: (VolumeSummary & {sizeBytes: number})[];
  /** What lies on the disk for all images together. */
  store: StoreUsage;
}

export type ImageUsage = ImageSummary & {
  /** Of layers that another image has too. */
  sharedBytes: number;
};

export interface StoreUsage {
  /** Files of the unpacked layers, each layer once. */
  layerBytes: number;
  /** Blobs as they came, manifests among them. */
  blobBytes: number;
  /** What is being fetched, or waits to be gone on with. */
  partialBytes: number;
}

/** Looks at every file of containers and volumes. */
export async function readDiskUsage(
  parts: EngineParts,
  engines: {images: ImageEngine; containers: ContainerEngine; volumes: VolumeEngine},
): Promise<DiskUsage> {
  const [images, containers, volumes, store] = await Promise.all([
    imageUsages(parts, engines.images),
    engines.containers.list({sizes: true}),
    engines.volumes.list(),
    storeUsage(parts),
  ]);
  const sizes = await Promise.all(volumes.map(({name}) => parts.volumes.sizeOf(name)));
  return {
    images,
    containers,
    volumes: volumes.map((volume, index) => ({...volume, sizeBytes: sizes[index] ?? 0})),
    store,
  };
}

async function imageUsages({images, layers}: EngineParts, engine: ImageEngine): Promise<ImageUsage[]> {
  const [summaries, stored] = await Promise.all([engine.list(), images.list()]);
  const chains = new Map(stored.map(({id, chainIds}) => [id, chainIds]));
  const users = Map.groupBy([...chains.values()].flat(), (chainId) => chainId);
  return await Promise.all(
    summaries.map(async (summary) => {
      const shared = (chains.get(summary.id) ?? []).filter((id) => (users.get(id)?.length ?? 0) > 1);
      return {...summary, sharedBytes: await layers.sizeOf(shared)};
    }),
  );
}

async function storeUsage({images, layers}: EngineParts): Promise<StoreUsage> {
  const [{blobBytes, partialBytes}, all] = await Promise.all([images.layout.usage(), layers.list()]);
  return {blobBytes, partialBytes, layerBytes: all.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0)};
}
