// The network namespace of a container, pinned by name where iproute2 keeps them, so that `ip netns exec` finds it. It
// is made with the container's links (container-links.ts).
import {existsSync, readdirSync, rmSync} from 'node:fs';
import {errnoOf} from '../errors.ts';
import {MNT, umount} from '../system/libc.ts';

const folder = '/run/netns';
const prefix = 'crundle-';

export function namespaceName(containerId: string): string {
  return `${prefix}${containerId.slice(0, 12)}`;
}

export function namespacePath(containerId: string): string {
  return `${folder}/${namespaceName(containerId)}`;
}

export function namespaceExists(containerId: string): boolean {
  return existsSync(namespacePath(containerId));
}

/** Takes the pin away: the namespace goes with its last process, and its links a moment later. Idempotent. */
export function removeNamespace(containerId: string): void {
  const path = namespacePath(containerId);
  try {
    umount(path, MNT.detach | MNT.nofollow);
  } catch (error) {
    // EINVAL: a killed command has made the file and mounted nothing.
    if (errnoOf(error) === 'ENOENT') return;
    if (errnoOf(error) !== 'EINVAL') throw error;
  }
  rmSync(path, {force: true});
}

/** The first twelve digits of the ids of the containers that have one. */
export function listNamespaces(): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix));
  return names.map((name) => name.slice(prefix.length));
}
