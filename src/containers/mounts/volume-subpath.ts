// `volume-subpath`: a part of a volume. Who else mounts the volume can put a link in its place at any moment, one that
// leads to the host's own files, and crun follows links. So what was found without leaving the volume is compared with what
// crun has mounted, before the container runs.
import {closeSync, fstatSync, readlinkSync} from 'node:fs';
import {EngineError} from '../../errors.ts';
import type {ContainerRecord, VolumeUse} from '../../state/container-record.ts';
import {isRehearsal} from '../../system/rehearsal.ts';
import type {ContainerContext} from '../container-context.ts';

interface FoundSubpath {
  /** On the host, without links. */
  path: string;
  device: bigint;
  inode: bigint;
}

/** Throws EngineError 'invalid-option' when there is no such file or folder in the volume. */
export function openSubpath(context: ContainerContext, {name, subpath = ''}: VolumeUse): FoundSubpath {
  const found = find(context, context.volumes.pathOf(name), `/${subpath}`);
  if (found !== undefined) return found;
  throw new EngineError(
    'invalid-option',
    `cannot mount ${subpath} of the volume ${name}: there is no such file or folder in it`,
    {hint: `make it first, in a container that mounts the whole volume`, exit: 125},
  );
}

/**
 * `pid` is the first process of the created container, which does not run yet. Throws EngineError 'invalid-option' when
 * something else was mounted than what is in the volume.
 */
export function checkSubpaths(context: ContainerContext, record: ContainerRecord, pid: number): void {
  if (isRehearsal()) return;
  for (const volume of record.volumes) {
    if (volume.subpath === undefined) continue;
    const wanted = openSubpath(context, volume);
    const mounted = find(context, `/proc/${pid}/root`, volume.target);
    if (mounted?.device === wanted.device && mounted.inode === wanted.inode) continue;
    throw new EngineError(
      'invalid-option',
      `cannot mount ${volume.subpath} of the volume ${volume.name}: it was changed while it was mounted`,
      {exit: 125},
    );
  }
}

function find(context: ContainerContext, root: string, path: string): FoundSubpath | undefined {
  const fd = context.rootfs.open(root, path);
  if (fd === undefined) return undefined;
  try {
    const {dev, ino} = fstatSync(fd, {bigint: true});
    return {path: readlinkSync(`/proc/self/fd/${fd}`), device: dev, inode: ino};
  } finally {
    closeSync(fd);
  }
}
