// Processes that a killed command left on the way to a container: a conmon that nobody has heard of yet, the crun it
// runs, and the container's first process while that is still crun's own code.
import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {errnoOf} from '../errors.ts';

/**
 * Ends every conmon and crun whose arguments name the container, and returns when they are gone. Only for a container
 * whose lock the caller holds and that no live command is starting.
 */
export async function endLeftoverProcesses(id: string): Promise<void> {
  for (let found = findProcesses(id); found.length > 0; found = findProcesses(id)) {
    for (const pid of found) kill(pid);
    await sleep(2);
  }
}

function findProcesses(id: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const [program = '', ...args] = argumentsOf(pid);
      return /(^|\/)(conmon|crun)$/.test(program) && args.includes(id);
    });
}

// A process that has just ended, or is a zombie, has none.
function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return [];
    throw error;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}
