// /dev/shm of a container that others may join: a tmpfs on the host, since one in the container's own mount namespace cannot
// be mounted from there again.
//
//   containers/ID/shm      the mount point; there while a shareable container runs
import {mkdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {errnoOf} from '../errors.ts';
import {MNT, MS, mount, umount} from '../system/libc.ts';

export function sharedMemoryPath(containerFolder: string): string {
  return join(containerFolder, 'shm');
}

/** Mounts it and returns its path. Idempotent. */
export function mountSharedMemory(containerFolder: string, sizeBytes: number): string {
  const path = sharedMemoryPath(containerFolder);
  mkdirSync(path, {recursive: true, mode: 0o700});
  if (statSync(path).dev !== statSync(containerFolder).dev) return path;
  mount('shm', path, 'tmpfs', MS.nosuid | MS.nodev | MS.noexec, `mode=1777,size=${sizeBytes}`);
  return path;
}

/** Idempotent. Containers that have joined keep what they have mounted. */
export function unmountSharedMemory(containerFolder: string): void {
  try {
    umount(sharedMemoryPath(containerFolder), MNT.nofollow | MNT.detach);
  } catch (error) {
    const reason = errnoOf(error);
    if (reason !== 'EINVAL' && reason !== 'ENOENT') throw error;
  }
}
