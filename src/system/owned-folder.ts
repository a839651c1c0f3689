// Folders that are of use only while the process that made them lives. Their names say which one that is, so that whoever comes
// next finds what a kill has left, with what is mounted in it.
import {randomUUID} from 'node:crypto';
import {readdirSync, realpathSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {MNT, umount} from './libc.ts';
import {mountPointsIn} from './mounted.ts';
import {identifyProcess, isAlive} from './process-identity.ts';

/** What such folders are for: the beginning of their names. */
export type OwnedKind = 'explain' | 'bundle';

const ownedName = /^(?:explain|bundle)-(\d+)-(\d+)-[0-9a-f]{8}$/;

/** A new name for a folder of this process. */
export function nameOwned(kind: OwnedKind): string {
  const own = identifyProcess(process.pid);
  if (!own) throw new Error('this process is not in /proc');
  return `${kind}-${own.pid}-${own.startTime}-${randomUUID().slice(0, 8)}`;
}

/** Removes what dead processes have left in `root`. What cannot be removed stays: the next one meets it again. */
export function sweepOwned(root: string): void {
  for (const name of readdirSync(root)) {
    const [, pid, startTime] = ownedName.exec(name) ?? [];
    if (pid === undefined || isAlive({pid: Number(pid), startTime: Number(startTime)})) continue;
    try {
      removeOwned(join(root, name));
    } catch (error) {
      // Node.js gives rmSync's errors an empty code for some errnos.
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  }
}

/** Unmounts all that is mounted in the folder, and removes it. */
export function removeOwned(folder: string): void {
  // A removal would empty what is mounted there, and then fail.
  for (const point of mountPointsIn(realpathSync(folder))) umount(point, MNT.nofollow | MNT.detach);
  rmSync(folder, {recursive: true, force: true});
}
