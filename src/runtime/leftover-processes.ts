// Processes that a killed command left on the way to a container: a conmon that nobody has heard of yet, the crun it
// runs, the systemd-run that is to become conmon once its scope is there, and the container's first process while that is
// still crun's own code.
import {readdirSync, readlinkSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {EngineError, errnoOf} from '../errors.ts';
import {identifyProcess, processArguments} from '../system/process-identity.ts';
import {conmonProgram} from './conmon-process.ts';

/** A process that waits for a disk that fails dies when that answers, or never. */
const patienceMs = 30_000;

/**
 * Ends every conmon and crun whose arguments name the container, and returns when they are gone. Only for a container
 * whose lock the caller holds and that no live command is starting. Throws EngineError 'system-call-failed' when one does not go.
 */
export async function endLeftoverProcesses(id: string, {timeoutMs = patienceMs} = {}): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (let doubts = 0; ; ) {
    const {found, isCertain} = findProcesses(id);
    if (found.length === 0 && (isCertain || ++doubts === mostDoubts)) return;
    for (const pid of found) kill(pid);
    if (performance.now() > deadline) throw stuck(id, found);
    await sleep(2);
  }
}

/** On a machine where processes come and go all the time no look is ever certain. */
const mostDoubts = 20;

/** Sends them SIGKILL and does not wait, so that a start that is under way fails; what that runs to undo itself is left alone. */
export function killLeftoverProcesses(id: string): void {
  for (const pid of findProcesses(id).found) kill(pid);
}

function stuck(id: string, pids: number[]): EngineError {
  const word = pids.length === 1 ? 'process' : 'processes';
  return new EngineError(
    'system-call-failed',
    `cannot end ${word} ${pids.join(', ')} of container ${id.slice(0, 12)}: killed, and still there`,
    {
      hint: `'cat /proc/${pids[0]}/wchan' says what it waits for; the last lines of 'dmesg' whether a disk has failed`,
    },
  );
}

// conmon goes to the background by forking and ending: one that has ended since the list was made may have been the parent of
// one that is not in it. And one that is just being executed has no arguments for a moment.
function findProcesses(id: string): {found: number[]; isCertain: boolean} {
  const found: number[] = [];
  let isCertain = true;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const pid = Number(name);
    const words = processArguments(pid);
    if (isLeftover(words, id)) found.push(pid);
    else if (words.join('') === '' && !isKernels(pid)) isCertain = false;
  }
  return {found, isCertain};
}

// The kernel's own processes never have arguments, and no program either.
function isKernels(pid: number): boolean {
  try {
    readlinkSync(`/proc/${pid}/exe`);
    return false;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ESRCH') throw error;
    return identifyProcess(pid) !== undefined;
  }
}

function isLeftover([program = '', ...args]: string[], id: string): boolean {
  if (!args.includes(id)) return false;
  if (/(^|\/)systemd-run$/.test(program)) return args.includes(conmonProgram);
  return /(^|\/)(conmon|crun)$/.test(program);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}
