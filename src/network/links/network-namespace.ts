// The network namespace of a container, pinned by name where iproute2 keeps them, so that `ip netns exec` finds it. It
// is made with the container's links (container-links.ts).
import {readdirSync, rmSync, statfsSync} from 'node:fs';
import {errnoOf} from '../../errors.ts';
import {MNT, umount} from '../../system/libc.ts';
import {isRehearsed} from '../../system/rehearsal.ts';

const folder = '/run/netns';
const prefix = 'crundle-';

// NSFS_MAGIC of linux/magic.h.
const nsfs = 0x6e736673;

export function namespaceName(containerId: string): string {
  return `${prefix}${containerId.slice(0, 12)}`;
}

export function namespacePath(containerId: string): string {
  return `${folder}/${namespaceName(containerId)}`;
}

/** A file alone is none: a killed command may have made it and pinned nothing to it, or another mount namespace has. */
export function namespaceExists(containerId: string): boolean {
  return isPinned(namespacePath(containerId));
}

function isPinned(path: string): boolean {
  try {
    return statfsSync(path).type === nsfs;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Takes the pin away: the namespace goes with its last process, and its links a moment later. Idempotent. */
export function removeNamespace(containerId: string): void {
  const path = namespacePath(containerId);
  const name = namespaceName(containerId);
  if (isRehearsed(() => ({call: `[ ! -e ${path} ] || ip netns delete ${name}`}))) return;
  try {
    umount(path, MNT.detach | MNT.nofollow);
  } catch (error) {
    // EINVAL: a killed command has made the file and mounted nothing.
    if (errnoOf(error) === 'ENOENT') return;
    if (errnoOf(error) !== 'EINVAL') throw error;
  }
  rmSync(path, {force: true});
}

/**
 * The first twelve digits of the ids of the containers that have one, or of which a killed command left the file: all of
 * it is removed with removeNamespace.
 */
export function listNamespaces(): string[] {
  try {
    return readdirSync(folder).flatMap((name) =>
      name.startsWith(prefix) ? [name.slice(prefix.length)] : [],
    );
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
