// Where the cgroup of a container is, and what the kernel says of it: whether it is frozen, and which processes are in it.
// Cgroup v1 and v2. Reads only.
import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {readOptionalFile} from '../system/optional-file.ts';

export const cgroupRoot = '/sys/fs/cgroup';

/**
 * The path below each hierarchy where crun put it, which a changed configuration would not tell any more; undefined when
 * crun knows no such container. Never the root of a hierarchy.
 */
export function readCgroupPath(crunRoot: string, id: string): string | undefined {
  const status: unknown = JSON.parse(readOptionalFile(join(crunRoot, id, 'status')) ?? 'null');
  if (typeof status !== 'object' || status === null || !('cgroup-path' in status)) return undefined;
  const path = status['cgroup-path'];
  return typeof path === 'string' && /^\/[^/]/.test(path) ? path : undefined;
}

/** The one tree of cgroup v2, or every tree of v1. */
export function cgroupHierarchies(root = cgroupRoot): string[] {
  if (isUnified(root)) return [root];
  return readdirSync(root).map((name) => join(root, name));
}

/** True where all controllers are in one tree, cgroup v2. */
export function isUnified(root = cgroupRoot): boolean {
  return existsSync(join(root, 'cgroup.controllers'));
}

/** True when the kernel has stopped the container's processes, or is about to. False for one that has ended. */
export function isFrozen(crunRoot: string, id: string): boolean {
  const path = readCgroupPath(crunRoot, id);
  if (path === undefined) return false;
  if (isUnified()) return readOptionalFile(join(cgroupRoot, path, 'cgroup.freeze'))?.trim() === '1';
  const state = readOptionalFile(join(cgroupRoot, 'freezer', path, 'freezer.state'));
  return state !== undefined && state.trim() !== 'THAWED';
}

/** PIDs of all processes in the container, as this process sees them, those of its own cgroups too. */
export function cgroupPids(crunRoot: string, id: string): number[] {
  const path = readCgroupPath(crunRoot, id);
  if (path === undefined) return [];
  const folder = cgroupHierarchies()
    .map((hierarchy) => join(hierarchy, path))
    .find((candidate) => existsSync(join(candidate, 'cgroup.procs')));
  return folder === undefined ? [] : pidsBelow(folder);
}

function pidsBelow(folder: string): number[] {
  const own = (readOptionalFile(join(folder, 'cgroup.procs')) ?? '').split('\n').filter(Boolean).map(Number);
  const below = readdirSync(folder, {withFileTypes: true}).filter((entry) => entry.isDirectory());
  return [...own, ...below.flatMap(({name}) => pidsBelow(join(folder, name)))];
}
