// How much disk a container uses: what it has written, and its image.
import {containerPaths} from '../containers/container-paths.ts';
import type {ContainerSizes} from '../containers/container-summary.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {EngineParts} from './parts.ts';

/** Looks at every file that the container has written. */
export async function sizesOf(
  {containers, layers}: Pick<EngineParts, 'containers' | 'layers'>,
  {id, chainIds}: ContainerRecord,
): Promise<ContainerSizes> {
  const {folder} = containerPaths(containers.roots, id);
  const [writtenBytes, imageBytes] = await Promise.all([
    containers.rootfs.writtenBytes(folder),
    layers.sizeOf(chainIds),
  ]);
  return {writtenBytes, totalBytes: writtenBytes + imageBytes};
}
