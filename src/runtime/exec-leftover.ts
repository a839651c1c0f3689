// A process that somebody ran in a container with `exec` and did not live to end.
import {readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {errnoOf} from '../errors.ts';
import {readOptionalFile} from '../system/optional-file.ts';
import {processArguments} from '../system/process-identity.ts';

/** Kills it, if it is there still, with the crun that waits for it; removes its folder. Idempotent. */
export function endExec(execFolder: string): void {
  const pidFile = join(execFolder, 'pid');
  const crun = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => processArguments(pid).includes(pidFile));
  if (crun !== undefined) {
    // The number in the file is trusted only of a child of that very crun.
    const pid = Number(readOptionalFile(pidFile) ?? 0);
    if (pid > 0 && parentOf(pid) === crun) kill(pid);
    kill(crun);
  }
  rmSync(execFolder, {recursive: true, force: true});
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return 0;
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
