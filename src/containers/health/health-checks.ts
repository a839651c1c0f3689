// Where the life of a container touches its health checks: they begin with its start and end with its end, and a pause
// suspends them. Who probes is one process for the machine (health-checker.ts), called here when it is not there.
import {healthPlan} from '../../../bundles/healthcheck.ts';
import {isHealthCheckerLeft, leaveHealthChecker} from '../../runtime/health-process.ts';
import type {ContainerRecord} from '../../state/container-record.ts';
import {isRehearsal} from '../../system/rehearsal.ts';
import type {ContainerContext} from '../container-context.ts';
import {tryWithContainerLock} from '../container-lock.ts';
import {isPaused} from '../pause-state.ts';
import {laterCrundle} from '../restart/later-command.ts';
import {
  checkerPidPath,
  keepHealth,
  readHealth,
  readLiveHealth,
  readMark,
  removeMark,
  writeHealth,
  writeMark,
} from './health-files.ts';
import {type HealthState, healthAtStart, healthUnwatched} from './health-state.ts';

/** For a container that runs since a moment ago. The caller holds its lock. */
export async function beginHealthChecks(context: ContainerContext, record: ContainerRecord): Promise<void> {
  // The checks are crundle's, and a rehearsed container is none of its own.
  if (!healthPlan(record) || isRehearsal()) return;
  const {roots} = context;
  writeHealth(roots, record.id, healthAtStart(readHealth(roots, record.id)));
  writeMark(roots, record.id);
  await ensureChecker(context);
}

/** For a container that has ended, and whose record says so. Idempotent; the caller holds its lock. */
export function endHealthChecks({roots}: ContainerContext, record: ContainerRecord): void {
  if (!healthPlan(record)) return;
  removeMark(roots, record.id);
  const state = readHealth(roots, record.id);
  if (state) keepHealth(roots, record.id, healthUnwatched(state));
}

/** For a container that is about to be paused. The caller holds its lock. */
export function suspendHealthChecks({roots}: ContainerContext, record: ContainerRecord): void {
  if (!healthPlan(record)) return;
  removeMark(roots, record.id);
  const state = readHealth(roots, record.id);
  if (state) writeHealth(roots, record.id, healthUnwatched(state));
}

/** For a container that goes on after a pause. The caller holds its lock. */
export async function resumeHealthChecks(context: ContainerContext, record: ContainerRecord): Promise<void> {
  if (!healthPlan(record)) return;
  writeMark(context.roots, record.id);
  await ensureChecker(context);
}

/** What `ps` and `inspect` show; undefined for a container without a health check, or one that was never started. */
export function healthOf({roots}: ContainerContext, record: ContainerRecord): HealthState | undefined {
  const state = healthPlan(record) && record.startedAt ? readHealth(roots, record.id) : undefined;
  // A kill may have come between its end and what is written down of its health.
  return state && record.status !== 'running' ? healthUnwatched(state) : state;
}

/**
 * Puts right what a kill has left of containers that run: one that is not probed, and a health checker that is gone. Costs
 * nothing where no container has a health check.
 */
export async function mendHealthChecks(
  context: ContainerContext,
  records: readonly ContainerRecord[],
): Promise<void> {
  const checked = records.filter((record) => record.status === 'running' && healthPlan(record));
  if (checked.length === 0) return;
  for (const {id} of checked.filter((record) => isUnprobed(context, record))) {
    await tryWithContainerLock(context.roots, id, async () => {
      const record = context.records.get(id);
      if (record?.status !== 'running' || !isUnprobed(context, record)) return;
      if (readLiveHealth(context.roots, id)) writeMark(context.roots, id);
      else await beginHealthChecks(context, record);
    });
  }
  if (checked.some(({id}) => readMark(context.roots, id) !== undefined)) await ensureChecker(context);
}

function isUnprobed(context: ContainerContext, record: ContainerRecord): boolean {
  return readMark(context.roots, record.id) === undefined && !isPaused(context, record);
}

// A mark is there before this: a health checker that is about to end takes its PID away, lets go of the lock, and then looks for
// marks once more. The lock alone is no sign of life: a checker that was killed a moment ago still holds it.
async function ensureChecker(context: ContainerContext): Promise<void> {
  const pidFile = checkerPidPath(context.roots);
  if (!isHealthCheckerLeft(pidFile))
    await leaveHealthChecker(laterCrundle(context, 'system', 'health'), pidFile);
}
