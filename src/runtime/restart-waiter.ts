// A process that waits until a container is due to be started again. It is a shell, which costs a twentieth of a crundle;
// it holds no lock and knows nothing: the command that it becomes looks whether the restart is still wanted. Its PID is
// in the run folder, so that it can be ended early.
import {spawn} from 'node:child_process';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {errnoOf} from '../errors.ts';
import {readOptionalFile} from '../system/optional-file.ts';
import {processArguments} from '../system/process-identity.ts';
import {programEnvironment} from '../system/program.ts';
import {inScope} from '../system/systemd.ts';
import {containerScope} from './container-scope.ts';

const mark = 'crundle-restart';

export interface RestartWaiter {
  id: string;
  runFolder: string;
  delayMs: number;
  /** Absolute program and arguments, among them the id. */
  command: readonly string[];
}

/**
 * Leaves a process behind that runs `command` after the pause. Spawned directly, beside the one runner: it stays when its
 * caller ends. More than one for a container do no harm.
 */
export function leaveRestartWaiter({id, runFolder, delayMs, command}: RestartWaiter): void {
  mkdirSync(runFolder, {recursive: true, mode: 0o700});
  const script = 'sleep "$1"; shift; exec "$@"';
  const call = inScope(containerScope('restart', id), {
    program: '/bin/sh',
    args: ['-c', script, mark, String(delayMs / 1000), ...command],
  });
  const child = spawn(call.program, call.args, {
    cwd: '/',
    detached: true,
    stdio: 'ignore',
    env: programEnvironment(),
  });
  // Then nobody waits, and the next command finds the restart overdue.
  child.once('error', () => undefined);
  child.unref();
  if (child.pid !== undefined) writeFileSync(pidFile(runFolder), String(child.pid));
}

/**
 * True while the process that waits is there, or the command that it has become. When its caller was killed before it, or
 * somebody has killed it, nobody starts the container.
 */
export function isRestartAwaited(runFolder: string, id: string): boolean {
  return waiterArguments(runFolder).includes(id);
}

/** Ends the process that waits, if it still does. Idempotent; the caller holds the container's lock. */
export function endRestartWaiter(runFolder: string, id: string): void {
  const pid = waiterPid(runFolder);
  const args = waiterArguments(runFolder);
  rmSync(pidFile(runFolder), {force: true});
  if (!args.includes(id) || !args.includes(mark)) return;
  try {
    // Its own group, with the `sleep`.
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

function waiterArguments(runFolder: string): string[] {
  const pid = waiterPid(runFolder);
  return pid === 0 ? [] : processArguments(pid);
}

function waiterPid(runFolder: string): number {
  return Number(readOptionalFile(pidFile(runFolder)) ?? 0);
}

function pidFile(runFolder: string): string {
  return join(runFolder, 'waiter.pid');
}
