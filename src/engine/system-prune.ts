// `engine.prune()`: every kind of what nobody uses, in Docker's order, so that what a container kept goes with it.

import type {ImageRemoval} from '../images/image-store.ts';
import type {ContainerEngine} from './containers.ts';
import type {ImageEngine} from './images.ts';
import type {NetworkEngine} from './networks.ts';
import type {PruneOptions} from './prune.ts';
import type {VolumeEngine} from './volumes.ts';

export interface SystemPruneOptions extends PruneOptions {
  /** Every image that no container is made of, not only those without a tag. */
  allImages?: boolean;
  /** Anonymous volumes too. They have no age: not together with `until`. */
  volumes?: boolean;
}

export interface SystemPruned {
  containers: string[];
  /** Names. */
  networks: string[];
  volumes: string[];
  images: ImageRemoval[];
  bytes: number;
}

export async function pruneSystem(
  engines: {
    images: ImageEngine;
    containers: ContainerEngine;
    networks: NetworkEngine;
    volumes: VolumeEngine;
  },
  {allImages = false, volumes: withVolumes = false, ...filters}: SystemPruneOptions,
): Promise<SystemPruned> {
  const containers = await engines.containers.prune(filters);
  const networks = await engines.networks.prune(filters);
  const volumes = withVolumes ? await engines.volumes.prune(filters) : {removed: [], bytes: 0};
  const images = await engines.images.prune({all: allImages, ...filters});
  return {
    containers: containers.removed,
    networks,
    volumes: volumes.removed,
    images: images.removed,
    bytes: containers.bytes + volumes.bytes + images.bytes,
  };
}
