// Deleting a container that has ended, without crun: starting crun costs more than all that is left to do. Whatever is
// not as expected is left to `crun delete`.
import {existsSync, rmdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {errnoOf} from '../errors.ts';
import {beginCall, commandLine} from '../system/trace.ts';
import {cgroupHierarchies, cgroupRoot, readCgroupPath} from './running-cgroup.ts';

/**
 * Removes the cgroups and crun's state of a container whose first process was reaped. True when nothing is left; false
 * when crun has to do it: a cgroup still holds a process or another cgroup, or crun's state is not one that is known. In a scope of systemd's it ends
 * what is left, and waits up to a minute. `root` is where the cgroup file system is mounted.
 */
export async function deleteEnded(
  crunRoot: string,
  id: string,
  {root = cgroupRoot}: {root?: string} = {},
): Promise<boolean> {
  const call = beginCall();
  const stateFolder = join(crunRoot, id);
  const cgroup = readCgroupPath(crunRoot, id);
  if (cgroup === undefined) return false;
  const isGone = cgroupHierarchies(root).map((hierarchy) => removeCgroup(join(hierarchy, cgroup)));
  const scope = /^.*\.scope(?=\/)/.exec(cgroup)?.[0];
  if (scope !== undefined) {
    if (!(await scopeGoes(join(root, scope), {isBusy: isGone.includes(false)}))) return false;
  } else if (isGone.includes(false)) {
    return false;
  }
  rmSync(stateFolder, {recursive: true, force: true});
  call?.end(commandLine(['crun', '--root', crunRoot, 'delete', id]), 'done without crun');
  return true;
}

/** systemd removes an empty scope in a moment, or later when it is as busy as at a shutdown. */
const scopePatienceMs = 2000;
const scopeTimeoutMs = 60_000;

// Where systemd makes the cgroups (v2), the container's is below a scope, which systemd removes with all below it when its last
// process is gone. `crun delete` would ask for that: in a queue behind the stop of crundle.service, which waits for us. So the
// kernel is asked to end what is left (under --pid host children outlive the first process), and then it is waited.
async function scopeGoes(scope: string, {isBusy}: {isBusy: boolean}): Promise<boolean> {
  const began = performance.now();
  let isKilled = false;
  for (let pauseMs = 2; existsSync(scope); pauseMs = Math.min(pauseMs * 1.5, 250)) {
    const waitedMs = performance.now() - began;
    if (waitedMs >= scopeTimeoutMs) return false;
    if (!isKilled && (isBusy || waitedMs >= scopePatienceMs)) {
      killCgroup(scope);
      isKilled = true;
    }
    await sleep(pauseMs);
  }
  return true;
}

// Everything in it and below it (cgroup-v2.rst, cgroup.kill; since Linux 5.14, before which crun has to do it).
function killCgroup(path: string): void {
  try {
    writeFileSync(join(path, 'cgroup.kill'), '1');
  } catch (error) {
    // It may have gone since.
    if (!['ENOENT', 'ENODEV', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) throw error;
  }
}

function removeCgroup(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return true;
    if (errnoOf(error) === 'EBUSY' || errnoOf(error) === 'ENOTEMPTY') return false;
    throw error;
  }
}
