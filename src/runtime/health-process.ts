// The process that probes the containers of this machine: how it is left behind, and what tells that it has to make way.
import {spawn} from 'node:child_process';
import {statSync, writeFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {readOptionalFile} from '../system/optional-file.ts';
import {processArguments} from '../system/process-identity.ts';
import {programEnvironment} from '../system/program.ts';
import {inScope, isInService} from '../system/systemd.ts';

/** systemd has other things to do at a shutdown. */
const scopePatienceMs = 2000;

/**
 * Leaves a process behind, of its own session and scope: it stays when its caller, or the caller's login, ends. Its PID is in
 * `pidFile`, so that others who want one need not leave another while it loads.
 */
export async function leaveHealthChecker(
  [program = '', ...args]: readonly string[],
  pidFile: string,
): Promise<void> {
  const scope = {
    name: `health-${Date.now().toString(36)}${process.pid.toString(36)}`,
    description: 'Health checks of containers',
  };
  const call = inScope(scope, {program, args});
  const child = spawn(call.program, call.args, {
    cwd: '/',
    detached: true,
    stdio: 'ignore',
    env: programEnvironment(),
  });
  // Then nobody probes, until the next command finds that.
  child.once('error', () => undefined);
  child.unref();
  if (child.pid === undefined) return;
  writeFileSync(pidFile, String(child.pid), {mode: 0o600});
  // Until it has its scope it is in the caller's, which may be that of a service: that ends what is left in it with the caller.
  if (!isInService()) return;
  const deadline = performance.now() + scopePatienceMs;
  while (call.program !== program && performance.now() < deadline) {
    const [running] = processArguments(child.pid);
    if (running !== undefined && running !== call.program) return;
    await sleep(5);
  }
}

/** True while the process that was left last is there. */
export function isHealthCheckerLeft(pidFile: string): boolean {
  const pid = Number(readOptionalFile(pidFile) ?? 0);
  // As words of their own until it has loaded, then as one that it calls itself.
  return pid > 0 && /(^| )system health\s*$/.test(processArguments(pid).join(' '));
}

/** Asks whether this process's own program was replaced since, by an upgrade; false while it is not there. */
export function watchOwnProgram(path = process.argv[1] ?? process.execPath): () => boolean {
  const own = identity(path);
  return () => {
    const now = identity(path);
    return now !== undefined && now !== own;
  };
}

function identity(path: string): string | undefined {
  const found = statSync(path, {throwIfNoEntry: false});
  return found && `${found.dev} ${found.ino} ${found.mtimeMs}`;
}
