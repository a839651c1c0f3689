// Deleting a container that has ended, without crun: starting crun costs more than all that is left to do. Whatever is
// not as expected is left to `crun delete`.
import {existsSync, rmdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {errnoOf} from '../errors.ts';
import {beginCall, commandLine} from '../system/trace.ts';
import {cgroupHierarchies, cgroupRoot, readCgroupPath} from './running-cgroup.ts';

/**
 * Removes the cgroups and crun's state of a container whose first process was reaped. True when nothing is left; false
 * when crun has to do it: a cgroup still holds a process or another cgroup, or crun's state is not one that is known.
 */
export async function deleteEnded(crunRoot: string, id: string): Promise<boolean> {
  const call = beginCall();
  const stateFolder = join(crunRoot, id);
  const cgroup = readCgroupPath(crunRoot, id);
  if (cgroup === undefined) return false;
  const isGone = cgroupHierarchies().map((hierarchy) => removeCgroup(join(hierarchy, cgroup)));
  if (isGone.includes(false) || !(await scopeGoes(cgroup))) return false;
  rmSync(stateFolder, {recursive: true, force: true});
  call?.end(commandLine(['crun', '--root', crunRoot, 'delete', id]), 'done without crun');
  return true;
}

const scopeTimeoutMs = 2000;

// Where systemd makes the cgroups (v2), the container's is below a scope, which systemd removes when its last process is
// gone, a moment later. `crun delete` would ask for that: in a queue behind the stop of crundle.service, which waits for us.
async function scopeGoes(cgroup: string): Promise<boolean> {
  const scope = /^.*\.scope(?=\/)/.exec(cgroup)?.[0];
  if (scope === undefined) return true;
  for (let waitedMs = 0; existsSync(join(cgroupRoot, scope)); waitedMs += 2) {
    if (waitedMs >= scopeTimeoutMs) return false;
    await sleep(2);
  }
  return true;
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
