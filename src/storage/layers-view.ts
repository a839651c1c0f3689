// The files of an image without a container: its layers merged, read-only, where nobody else sees the mount.
import {join} from 'node:path';
import {LibcError, MS, mount} from '../system/libc.ts';
import {buildPrivateMounts} from '../system/mount-namespace.ts';
import {filesFolder, layerFolderName} from './layer-folder.ts';

// Of the kernel, for mount options: more layers than fit are not looked at.
const maxOptionBytes = 4095;

/**
 * Calls `use` with the path of the merged files, which is only good until it returns. `chainIds`: lowest first. Undefined where
 * they cannot be mounted: nothing, too many, or no right to. Throws what `use` throws.
 */
export function withMergedLayers<T>(
  layersRoot: string,
  chainIds: readonly string[],
  use: (root: string) => T,
): T | undefined {
  const folders = chainIds.map((id) => `${layerFolderName(id)}/${filesFolder}`);
  const [lowest] = folders;
  if (lowest === undefined) return undefined;
  const root = join(layersRoot, lowest);
  // The kernel merges no single folder, and there is nothing to merge.
  if (folders.length === 1) return use(root);
  const options = `lowerdir=${folders.toReversed().join(':')},redirect_dir=nofollow,metacopy=off`;
  if (Buffer.byteLength(options) > maxOptionBytes) return undefined;
  try {
    using merged = buildPrivateMounts(() => {
      process.chdir(layersRoot);
      mount('overlay', root, 'overlay', MS.rdonly, options);
      return use(root);
    });
    return merged.value;
  } catch (error) {
    if (error instanceof LibcError && ['unshare', 'mount'].includes(error.syscall)) return undefined;
    throw error;
  }
}
