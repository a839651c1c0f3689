// The cgroup tree as folders: what is left to do there by hand.
import {existsSync, readdirSync, rmdirSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {errnoOf} from '../errors.ts';

const root = '/sys/fs/cgroup';

/**
 * Removes one cgroup, which has none below it, from every hierarchy. Idempotent. A process in it is given half a second
 * to be gone.
 */
export async function removeCgroup(path: string): Promise<void> {
  const hierarchies = existsSync(join(root, 'cgroup.controllers'))
    ? [root]
    : readdirSync(root).map((name) => join(root, name));
  for (const hierarchy of hierarchies) await removeFolder(join(hierarchy, path));
}

async function removeFolder(folder: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      const reason = errnoOf(error);
      // Not of this hierarchy, or a link such as /sys/fs/cgroup/cpuacct beside what it leads to.
      if (reason === 'ENOENT' || reason === 'ENOTDIR') return;
      if (reason !== 'EBUSY' || attempt === 50) throw error;
    }
    await sleep(10);
  }
}
