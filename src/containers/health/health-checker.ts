// The one process of the machine that probes: it is there while a container with a health check runs. It knows whom to probe
// from marks (health-files.ts), which whoever starts, ends or pauses a container writes and removes. Nothing is asked of it, and
// it may be killed at any time: the next one goes on from what is written down.
import {rmSync, writeFileSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {setTimeout as sleep} from 'node:timers/promises';
import {healthPlan} from '../../../bundles/healthcheck.ts';
import {leaveHealthChecker, watchOwnProgram} from '../../runtime/health-process.ts';
import type {ContainerRecord} from '../../state/container-record.ts';
import {type FileLock, tryLockFile} from '../../system/file-lock.ts';
import {FolderWatch} from '../../system/folder-watch.ts';
import {waited} from '../../system/long-timer.ts';
import {readOptionalFile} from '../../system/optional-file.ts';
import type {ContainerContext} from '../container-context.ts';
import {tellUnchecked} from '../container-event.ts';
import {removeContainerLocks, tryWithContainerLock} from '../container-lock.ts';
import {laterCrundle} from '../restart/later-command.ts';
import {
  checkerLockPath,
  checkerPidPath,
  marksFolder,
  readMark,
  readMarks,
  removeMark,
} from './health-files.ts';
import {type Monitored, monitorHealth} from './health-monitor.ts';

/** Returns when no container is to be probed any more, or another process does it, or is to do it after an upgrade. */
export async function checkHealth(context: ContainerContext): Promise<void> {
  await mkdir(marksFolder(context.roots), {recursive: true, mode: 0o700});
  for (;;) {
    using lock = await becomeChecker(context);
    if (!lock) return;
    const pidFile = checkerPidPath(context.roots);
    showPid(pidFile);
    const end = await new HealthChecker(context).run();
    rmSync(pidFile, {force: true});
    lock.release();
    if (end === 'replaced') await leaveHealthChecker(laterCrundle(context, 'system', 'health'), pidFile);
    // Whoever has written a mark just now has seen the lock held, or the PID there, and relies on this look.
    if (end === 'replaced' || readMarks(context.roots).size === 0) return;
  }
}

// A command that has left another one, which gave up since, may have put that one's there.
function showPid(pidFile: string): void {
  const own = String(process.pid);
  if (readOptionalFile(pidFile) !== own) writeFileSync(pidFile, own, {mode: 0o600});
}

// A checker that was killed a moment ago holds the lock until the last of its threads has gone.
async function becomeChecker({roots}: ContainerContext): Promise<FileLock | undefined> {
  for (let tries = 0; tries < 100; tries++) {
    const lock = tryLockFile(checkerLockPath(roots), 'exclusive');
    if (lock) return lock;
    await sleep(10 + Math.random() * 10);
  }
  return undefined;
}

/** A container that somebody is at work on is looked at again after this. */
const busyMs = 500;

class HealthChecker {
  readonly #context: ContainerContext;
  readonly #monitors = new Map<string, {since: string; stop: AbortController}>();
  /** Ends of monitors, also of those that were told to stop: one may be restarting its container. */
  readonly #ends = new Set<Promise<void>>();
  readonly #isReplaced = watchOwnProgram();
  readonly #over = Promise.withResolvers<'replaced'>();

  constructor(context: ContainerContext) {
    this.#context = context;
  }

  async run(): Promise<'idle' | 'replaced'> {
    using changes = new FolderWatch(marksFolder(this.#context.roots));
    let retry: NodeJS.Timeout | undefined;
    try {
      for (;;) {
        const left = await this.#followMarks();
        if (left === 'none') return 'idle';
        if (left === 'busy') retry = setTimeout(() => changes.wake(), busyMs);
        const end = await Promise.race([this.#over.promise, changes.next()]);
        if (end) return end;
        clearTimeout(retry);
      }
    } finally {
      clearTimeout(retry);
      for (const {stop} of this.#monitors.values()) stop.abort();
      await Promise.all(this.#ends);
    }
  }

  // Says whether all marks are followed, and whether there are any.
  async #followMarks(): Promise<'all' | 'busy' | 'none'> {
    const marks = readMarks(this.#context.roots);
    for (const [id, {since, stop}] of this.#monitors) {
      if (marks.get(id) === since) continue;
      stop.abort();
      this.#monitors.delete(id);
    }
    for (const [id, since] of marks) if (!this.#monitors.has(id)) await this.#begin(id, since);
    const left = [...readMarks(this.#context.roots).keys()];
    if (left.length === 0) return 'none';
    return left.every((id) => this.#monitors.has(id)) ? 'all' : 'busy';
  }

  async #begin(id: string, since: string): Promise<void> {
    const subject = runningSubject(this.#context.records.get(id));
    if (!subject) return await this.#forget(id, since);
    const stop = new AbortController();
    this.#monitors.set(id, {since, stop});
    const monitored = {...subject, since, signal: stop.signal, isOver: () => this.#isOver()};
    const end = this.#follow(monitored).finally(() => this.#ends.delete(end));
    this.#ends.add(end);
  }

  // What goes wrong with one container is no reason to probe none. It is told of once, and tried again.
  async #follow(monitored: Monitored): Promise<void> {
    const {record, plan, signal} = monitored;
    let told: unknown;
    do {
      try {
        return await monitorHealth(this.#context, monitored);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (reason !== told) tellUnchecked(this.#context, record, error);
        told = reason;
      }
    } while (await waited(plan.intervalMs, signal));
  }

  // A mark of a container that does not run: what a killed command has left, unless it is being started or ended now.
  async #forget(id: string, since: string): Promise<void> {
    const {roots, records} = this.#context;
    await tryWithContainerLock(roots, id, () => {
      const record = records.get(id);
      if (!record) removeContainerLocks(roots, id);
      if (!runningSubject(record) && readMark(roots, id) === since) removeMark(roots, id);
    });
  }

  #isOver(): boolean {
    const isReplaced = this.#isReplaced();
    showPid(checkerPidPath(this.#context.roots));
    if (isReplaced) this.#over.resolve('replaced');
    return isReplaced;
  }
}

function runningSubject(record: ContainerRecord | undefined): Pick<Monitored, 'record' | 'plan'> | undefined {
  const plan = record && healthPlan(record);
  if (record?.status !== 'running' || !plan || !record.process) return undefined;
  return {record: {...record, process: record.process}, plan};
}
