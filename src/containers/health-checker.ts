// The one process of the machine that probes: it is there while a container with a health check runs. It knows whom to probe
// from marks (health-files.ts), which whoever starts, ends or pauses a container writes and removes. Nothing is asked of it, and
// it may be killed at any time: the next one goes on from what is written down.
import {rmSync, watch} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {setTimeout as sleep} from 'node:timers/promises';
import {healthPlan} from '../../bundles/healthcheck.ts';
import {leaveHealthChecker, watchOwnProgram} from '../runtime/health-process.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {type FileLock, tryLockFile} from '../system/file-lock.ts';
import type {ContainerContext} from './container-context.ts';
import {removeContainerLocks, tryWithContainerLock} from './container-lock.ts';
import {
  checkerLockPath,
  checkerPidPath,
  marksFolder,
  readMark,
  readMarks,
  removeMark,
} from './health-files.ts';
import {type Monitored, monitorHealth} from './health-monitor.ts';
import {laterCrundle} from './later-command.ts';

/** Returns when no container is to be probed any more, or another process does it, or is to do it after an upgrade. */
export async function checkHealth(context: ContainerContext): Promise<void> {
  await mkdir(marksFolder(context.roots), {recursive: true, mode: 0o700});
  for (;;) {
    using lock = await becomeChecker(context);
    if (!lock) return;
    const checker = new HealthChecker(context);
    const end = await checker.run();
    rmSync(checkerPidPath(context.roots), {force: true});
    lock.release();
    if (end === 'replaced')
      await leaveHealthChecker(laterCrundle(context, 'system', 'health'), checkerPidPath(context.roots));
    // Whoever has written a mark just now has seen the lock held, or the PID there, and relies on this look.
    if (end === 'replaced' || readMarks(context.roots).size === 0) return;
  }
}

// A command that looks whether there is one holds the lock for an instant, shared: that is not taken for another checker.
async function becomeChecker({roots}: ContainerContext): Promise<FileLock | undefined> {
  for (let tries = 0; tries < 20; tries++) {
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
  readonly #over = Promise.withResolvers<'idle' | 'replaced'>();
  #retry: NodeJS.Timeout | undefined;
  #looking = false;
  #again = false;
  #isEnding = false;

  constructor(context: ContainerContext) {
    this.#context = context;
  }

  async run(): Promise<'idle' | 'replaced'> {
    const watcher = watch(marksFolder(this.#context.roots), () => this.#look());
    watcher.once('error', (error) => this.#over.reject(error));
    this.#look();
    try {
      return await this.#over.promise;
    } finally {
      this.#isEnding = true;
      watcher.close();
      clearTimeout(this.#retry);
      for (const {stop} of this.#monitors.values()) stop.abort();
      await Promise.all(this.#ends);
    }
  }

  // One look at a time; what changes meanwhile is seen by another one.
  #look(): void {
    this.#again = true;
    if (this.#looking) return;
    this.#looking = true;
    this.#lookUntilSettled().then(
      () => {
        this.#looking = false;
      },
      (error: unknown) => this.#over.reject(error),
    );
  }

  async #lookUntilSettled(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      await this.#followMarks();
    }
  }

  async #followMarks(): Promise<void> {
    const marks = readMarks(this.#context.roots);
    for (const [id, {since, stop}] of this.#monitors) {
      if (marks.get(id) === since) continue;
      stop.abort();
      this.#monitors.delete(id);
    }
    for (const [id, since] of marks) if (!this.#monitors.has(id)) await this.#begin(id, since);
    if (readMarks(this.#context.roots).size === 0) this.#over.resolve('idle');
  }

  async #begin(id: string, since: string): Promise<void> {
    const subject = runningSubject(this.#context.records.get(id));
    if (!subject) return await this.#forget(id, since);
    // The look that sees this mark began before the end: whoever comes next sees it too.
    if (this.#isEnding) return;
    const stop = new AbortController();
    const monitored = {...subject, since, signal: stop.signal};
    this.#monitors.set(id, {since, stop});
    const end = monitorHealth(this.#context, {...monitored, isOver: () => this.#isOver()})
      .catch((error: unknown) => this.#over.reject(error))
      .finally(() => this.#ends.delete(end));
    this.#ends.add(end);
  }

  // A mark of a container that does not run: what a killed command has left, unless it is being started or ended now.
  async #forget(id: string, since: string): Promise<void> {
    const {roots, records} = this.#context;
    const done = await tryWithContainerLock(roots, id, () => {
      const record = records.get(id);
      if (!record) removeContainerLocks(roots, id);
      if (!runningSubject(record) && readMark(roots, id) === since) removeMark(roots, id);
      this.#again = true;
      return true;
    });
    if (done || this.#isEnding) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#look(), busyMs);
  }

  #isOver(): boolean {
    const isReplaced = this.#isReplaced();
    if (isReplaced) this.#over.resolve('replaced');
    return isReplaced;
  }
}

function runningSubject(record: ContainerRecord | undefined): Pick<Monitored, 'record' | 'plan'> | undefined {
  const plan = record && healthPlan(record);
  if (record?.status !== 'running' || !plan || !record.startedAt) return undefined;
  return {record: {...record, startedAt: record.startedAt}, plan};
}
