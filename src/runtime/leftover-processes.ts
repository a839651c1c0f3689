// Processes that a killed command left on the way to a container: a conmon that nobody has heard of yet, the crun it
// runs, and the container's first process while that is still crun's own code.
import {readdirSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {errnoOf} from '../errors.ts';
import {processArguments} from '../system/process-identity.ts';

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
      const [program = '', ...args] = processArguments(pid);
      return /(^|\/)(conmon|crun)$/.test(program) && args.includes(id);
    });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}
