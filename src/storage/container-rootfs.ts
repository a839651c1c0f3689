// The root filesystem of a container: an overlay mount of its image's layers under its own upper folder.
//
//   containers/ID/upper    what the container wrote       (durable)
//   containers/ID/work     overlayfs' own scratch folder
//   containers/ID/rootfs   the mount point, empty when the container does not run
//   containers/ID/empty    the lower folder of an image without layers
import {mkdirSync, rmdirSync, rmSync, statfsSync, statSync} from 'node:fs';
import {join, relative, resolve} from 'node:path';
import {EngineError, errnoOf} from '../errors.ts';
import {LibcError, MNT, mount, umount, withoutCapability} from '../system/libc.ts';
import {treeSize} from '../system/tree-size.ts';
import {filesFolder, layerFolderName} from './layer-folder.ts';
import {joinLimit, limitFolders, unlimitFolder} from './rootfs-limit.ts';

// Said outright because kernels and distributions differ in their defaults.
// - redirect_dir=nofollow and metacopy=off: the upper folder stays a plain layer (each renamed folder and each file
//   is there in full), and a redirect or metacopy attribute that found its way into a layer leads nowhere.
// - index=off: an index ties the upper folder to its lower ones by file handle, so a restored or moved data root
//   would no longer mount.
const overlayOptions = 'index=off,redirect_dir=nofollow,metacopy=off';

// linux/capability.h
const CAP_SYS_RESOURCE = 24;

// mount(2) cuts its options at the end of a page without a word, and what is left could mount without the upper folder.
const maxOptionBytes = 4095;

/**
 * Makes the folders that a root filesystem needs in `containerFolder`, which exists; with `sizeBytes` no more can be written
 * into it. Idempotent, without a size. Throws EngineError 'not-supported' where a size cannot be kept.
 */
export function prepareRootfs(
  containerFolder: string,
  {sizeBytes}: {sizeBytes?: number | undefined} = {},
): void {
  const [upper, work] = [join(containerFolder, 'upper'), join(containerFolder, 'work')] as const;
  // The upper folder becomes '/' in the container: programs of any user must be able to enter it.
  makeFolder(upper, 0o755);
  makeFolder(work, 0o700);
  if (sizeBytes !== undefined) limitFolders([upper, work], sizeBytes);
  makeFolder(join(containerFolder, 'rootfs'), 0o700);
  makeFolder(join(containerFolder, 'empty'), 0o755);
}

/** Makes what is missing beside the upper folder anew, under the same limit. Idempotent. */
export function mendRootfs(containerFolder: string): void {
  prepareRootfs(containerFolder);
  joinLimit(join(containerFolder, 'work'), join(containerFolder, 'upper'));
}

/** Bytes that the container has written into its root filesystem. */
export async function writtenBytes(containerFolder: string): Promise<number> {
  return await treeSize(join(containerFolder, 'upper'));
}

function makeFolder(path: string, mode: number): void {
  try {
    mkdirSync(path, mode);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

export interface RootfsMount {
  containerFolder: string;
  layersRoot: string;
  /** chainIDs of the image's layers, lowest first. */
  chainIds: readonly string[];
}

/**
 * Mounts the root filesystem and returns its path. Idempotent: a mount that is already there is used. Throws
 * EngineError 'image-damaged' when a layer is missing, 'host-unsupported' when this kernel or the file system of
 * the data root cannot do it, 'permission-denied' without CAP_SYS_ADMIN, 'not-supported' for too many layers.
 */
export function mountRootfs({containerFolder, layersRoot, chainIds}: RootfsMount): string {
  const folder = resolve(containerFolder);
  const root = resolve(layersRoot);
  const rootfs = join(folder, 'rootfs');
  if (isMounted(folder)) return rootfs;
  // Relative to the layers root, topmost first, so that the options of a deep image still fit in one page.
  const here = relative(root, folder);
  const lower = chainIds.map((id) => `${layerFolderName(id)}/${filesFolder}`).toReversed();
  if (lower.length === 0) lower.push(escapeOption(`${here}/empty`));
  const options = [
    `lowerdir=${lower.join(':')}`,
    `upperdir=${escapeOption(`${here}/upper`)}`,
    `workdir=${escapeOption(`${here}/work`)}`,
    overlayOptions,
  ].join(',');
  if (Buffer.byteLength(options) > maxOptionBytes) {
    throw new EngineError(
      'not-supported',
      `cannot mount the root filesystem ${rootfs}: its image has too many layers (${chainIds.length})`,
      {hint: 'rebuild the image with fewer layers'},
    );
  }
  const startFolder = process.cwd();
  process.chdir(root);
  try {
    // Overlayfs writes with the capabilities of whoever mounted it, and to this one ext4 sets no quota.
    withoutCapability(CAP_SYS_RESOURCE, () => mount('overlay', rootfs, 'overlay', 0n, options));
  } catch (error) {
    throw explainMountFailure(error, folder);
  } finally {
    process.chdir(startFolder);
  }
  return rootfs;
}

// Overlayfs reads ':' as the next lower folder and ',' as the next option.
function escapeOption(path: string): string {
  return path.replace(/[\\:,]/g, '\\$&');
}

function explainMountFailure(error: unknown, folder: string): unknown {
  if (!(error instanceof LibcError)) return error;
  const failed = `cannot mount the root filesystem ${folder}/rootfs`;
  if (error.code === 'ENODEV') {
    return new EngineError('host-unsupported', `${failed}: this kernel has no overlay file system`, {
      hint: "'modprobe overlay' loads it where it is a module",
      cause: error,
    });
  }
  if (error.code === 'EPERM' || error.code === 'EACCES') {
    return new EngineError('permission-denied', `${failed}: mounting needs root`, {
      hint: 'run crundle as root, with CAP_SYS_ADMIN',
      cause: error,
    });
  }
  if (error.code === 'ENOENT') {
    return new EngineError('image-damaged', `${failed}: the folder of a layer of its image is missing`, {
      hint: 'pull the image again: only what is missing is fetched',
      cause: error,
    });
  }
  const kind = fileSystemOf(folder);
  if (error.code === 'EINVAL' && kind !== undefined) {
    return new EngineError(
      'host-unsupported',
      `${failed}: the data root is on ${kind}, which cannot hold the upper folder of an overlay`,
      {hint: 'put "data-root" on ext4, xfs (ftype=1), btrfs, f2fs or tmpfs', cause: error},
    );
  }
  return new EngineError('system-call-failed', `${failed}: ${error.message}`, {
    hint: "the last lines of 'dmesg' say what overlayfs did not like",
    cause: error,
  });
}

// linux/magic.h: the file systems known to refuse being an upper folder.
const unsuitable = new Map([
  [0x794c7630, 'another overlay (as inside a container)'],
  [0x6969, 'NFS'],
  [0x4d44, 'FAT'],
  [0x2011bab0, 'exFAT'],
  [0x5346544e, 'NTFS'],
  [0x65735546, 'a FUSE file system'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x01021997, '9p'],
  [0xf15f, 'eCryptfs'],
]);

function fileSystemOf(path: string): string | undefined {
  return unsuitable.get(statfsSync(path).type >>> 0);
}

/** True while something is mounted on the container's `rootfs`: the overlay has a device number of its own. */
export function isMounted(containerFolder: string): boolean {
  const rootfs = statSync(join(containerFolder, 'rootfs'), {throwIfNoEntry: false});
  return rootfs !== undefined && rootfs.dev !== statSync(containerFolder).dev;
}

/**
 * Unmounts the root filesystem. Idempotent. When a process outside the container still uses it, the mount leaves
 * the tree at once and ends with its last user.
 */
export function unmountRootfs(containerFolder: string): void {
  const rootfs = join(resolve(containerFolder), 'rootfs');
  // More than one round only when somebody mounted over it again by hand.
  while (true) {
    try {
      umount(rootfs);
    } catch (error) {
      const code = errnoOf(error);
      if (code === 'EINVAL' || code === 'ENOENT') return;
      if (code !== 'EBUSY') throw error;
      umount(rootfs, MNT.nofollow | MNT.detach);
    }
  }
}

/**
 * Unmounts and removes what prepareRootfs made and all that the container wrote. Idempotent. Throws EngineError
 * 'permission-denied' when a file cannot be removed (it is immutable): what is left is found again by a second call.
 */
export function removeRootfs(containerFolder: string): void {
  unmountRootfs(containerFolder);
  // Never recursive here: whatever might still be mounted on it is not ours to empty.
  removeEmptyFolder(join(containerFolder, 'rootfs'));
  unlimitFolder(join(containerFolder, 'upper'));
  for (const name of ['upper', 'work', 'empty']) removeTree(join(containerFolder, name));
}

function removeEmptyFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

// Any failure is taken for the file system's refusal: Node.js gives rmSync's errors an empty code for some errnos.
function removeTree(path: string): void {
  try {
    rmSync(path, {recursive: true, force: true});
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError('permission-denied', `cannot remove the container's files in ${path}: ${reason}`, {
      hint: `a file in it may be immutable: 'chattr -R -f -i -a ${path}' lifts that`,
      cause: error,
    });
  }
}
