// One probe: the command of a health check, run in its container as `exec` would, within its time.
import {Buffer} from 'node:buffer';
import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {HealthPlan} from '../../../bundles/healthcheck.ts';
import {formatDuration} from '../../../bundles/options/duration.ts';
import {errnoOf} from '../../errors.ts';
import {endExec} from '../../runtime/exec-leftover.ts';
import type {ContainerRecord} from '../../state/container-record.ts';
import {waited} from '../../system/long-timer.ts';
import {namesInOptionalFolder, readOptionalFile} from '../../system/optional-file.ts';
import type {ContainerContext} from '../container-context.ts';
import {containerPaths} from '../container-paths.ts';
import type {ContainerSession} from '../container-session.ts';
import {execInContainer} from '../exec-in-container.ts';
import type {ProbeResult} from './health-state.ts';

const keptBytes = 4096;

/** Who is left of the probe may hold its output open; what comes later is not waited for. */
const outputPatienceMs = 1000;
/** A process that waits for a disk that fails dies when that answers, or never. */
const killPatienceMs = 10_000;

/** Undefined when `signal` aborts first: then nothing of the probe is left. Never throws for a probe that fails. */
export async function probeHealth(
  context: ContainerContext,
  record: ContainerRecord,
  {plan, signal}: {plan: HealthPlan; signal: AbortSignal},
): Promise<ProbeResult | undefined> {
  const start = new Date();
  const result = (ExitCode: number, Output: string): ProbeResult => ({
    Start: start.toISOString(),
    End: new Date().toISOString(),
    ExitCode,
    Output,
  });
  const note = join(containerPaths(context.roots, record.id).runFolder, 'probe');
  try {
    // A check in each half minute would push what happens out of the log of events: health_status tells of what changes.
    const silent = {...context, tell: () => undefined};
    const session = await execInContainer(silent, record, {
      command: plan.command,
      env: [],
      tty: false,
      openStdin: false,
      privileged: false,
      detach: false,
    });
    if (!session) throw new Error('an attached exec has no session');
    noteProbe(note, session.id);
    const end = await endOf(session, plan.timeoutMs, signal);
    rmSync(note, {force: true});
    if (end === 'cancelled') return undefined;
    if (end.exitCode !== undefined) return result(end.exitCode, end.output);
    const late = `Health check exceeded timeout (${formatDuration(plan.timeoutMs * 1e6)})`;
    return result(-1, end.output === '' ? late : `${late}: ${end.output}`);
  } catch (error) {
    rmSync(note, {force: true});
    if (signal.aborted) return undefined;
    // As under Docker: whatever keeps a probe from running is its result.
    return result(-1, error instanceof Error ? error.message : String(error));
  }
}

/** Ends the probe that a killed health checker has left in the container, if it has left one. */
export function endLeftoverProbe(context: ContainerContext, id: string): void {
  const {runFolder} = containerPaths(context.roots, id);
  const note = join(runFolder, 'probe');
  const execId = readOptionalFile(note);
  if (execId !== undefined && namesInOptionalFolder(join(runFolder, 'exec')).includes(execId))
    endExec(join(runFolder, 'exec', execId));
  rmSync(note, {force: true});
}

function noteProbe(path: string, id: string): void {
  try {
    writeFileSync(path, id.slice(0, 12));
  } catch (error) {
    // The container has ended, and its run folder is gone.
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

// Without an exit code: it took too long, and was killed.
async function endOf(
  session: ContainerSession,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<{exitCode?: number; output: string} | 'cancelled'> {
  const output = new LimitedOutput();
  // Closing the session ends it in whatever way; what was read until then counts.
  const read = output.read(session.output).catch(() => undefined);
  const exit = session.exit.then(({exitCode}) => exitCode);
  const timer = new AbortController();
  const onAbort = () => timer.abort();
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) timer.abort();
  const late = waited(timeoutMs, timer.signal).then(() => 'late' as const);
  try {
    const first = await Promise.race([exit, late]);
    if (first === 'late') await killProbe(session, exit);
    else await within(read, outputPatienceMs);
    if (signal.aborted) return 'cancelled';
    return {output: output.text(), ...(first !== 'late' && {exitCode: first})};
  } finally {
    signal.removeEventListener('abort', onAbort);
    timer.abort();
    session.close();
  }
}

// Again and again, as its PID may not be known yet.
async function killProbe(session: ContainerSession, exit: Promise<unknown>): Promise<void> {
  const ended = exit.then(
    () => true,
    () => true,
  );
  for (const deadline = performance.now() + killPatienceMs; performance.now() < deadline; ) {
    await session.signal('SIGKILL');
    if (await within(ended, 50)) return;
  }
}

// True when it has come by then.
async function within(event: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const timeout = sleep(ms, false, {signal: timer.signal}).catch(() => false);
  const come = await Promise.race([event.then(() => true), timeout]);
  timer.abort();
  return come;
}

class LimitedOutput {
  readonly #kept: Uint8Array[] = [];
  #bytes = 0;
  #isCut = false;

  async read(chunks: ContainerSession['output']): Promise<void> {
    for await (const {data} of chunks) {
      const part = data.subarray(0, keptBytes - this.#bytes);
      if (part.length > 0) this.#kept.push(part);
      this.#bytes += part.length;
      this.#isCut ||= part.length < data.length;
    }
  }

  text(): string {
    return Buffer.concat(this.#kept).toString('utf8') + (this.#isCut ? '...' : '');
  }
}
