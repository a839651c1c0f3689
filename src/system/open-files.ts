// Which other processes have a file open, as /proc tells.
import {readdirSync, readlinkSync, realpathSync} from 'node:fs';
import {errnoOf} from '../errors.ts';

/** PIDs. Processes that end meanwhile are left out. `replaced`: of the file that had the name before a rename gave it to another. */
export function usersOf(path: string, {replaced = false} = {}): number[] {
  const real = realpathSync(path) + (replaced ? ' (deleted)' : '');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => hasOpen(pid, real))
    .map(Number);
}

function hasOpen(pid: string, path: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => targetOf(`/proc/${pid}/fd/${fd}`) === path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
