// The probes of one container, one after the other, and what follows from each.
import type {HealthPlan} from '../../../bundles/healthcheck.ts';
import {isEngineError} from '../../errors.ts';
import type {ContainerRecord} from '../../state/container-record.ts';
import {waited} from '../../system/long-timer.ts';
import {isAlive, type ProcessIdentity} from '../../system/process-identity.ts';
import type {ContainerContext} from '../container-context.ts';
import {containerEvent} from '../container-event.ts';
import {removeContainerLocks, withContainerLock} from '../container-lock.ts';
import {isPaused} from '../pause-state.ts';
import {processAgeMs} from '../restart/run-length.ts';
import {actOnFailure} from './health-action.ts';
import {readLiveHealth, readMark, writeHealth} from './health-files.ts';
import {endLeftoverProbe, probeHealth} from './health-probe.ts';
import {
  type HealthState,
  healthAfter,
  healthAtStart,
  type ProbeResult,
  probeDelayMs,
} from './health-state.ts';

export interface Monitored {
  record: ContainerRecord & {process: ProcessIdentity};
  plan: HealthPlan;
  /** What its mark says: ISO 8601. Probes are counted from then. */
  since: string;
  /** Aborts when the mark goes, or is another one. */
  signal: AbortSignal;
  /** Asked before each probe: true ends it all. */
  isOver(): boolean;
}

/** Probes until it is over; the signal ends it at once, with the probe that is under way. */
export async function monitorHealth(context: ContainerContext, monitored: Monitored): Promise<void> {
  const {record, plan, signal} = monitored;
  // Of a health checker that was killed, and may have been at it.
  endLeftoverProbe(context, record.id);
  let delayMs = firstDelayMs(monitored, readLiveHealth(context.roots, record.id));
  while ((await waited(delayMs, signal)) && !monitored.isOver()) {
    const found = probeable(context, record.id);
    if (found) {
      const ageMs = processAgeMs(record.process);
      const result = await probeHealth(context, found, monitored);
      if (!result) return;
      await judge(context, monitored, {result, ageMs});
    }
    delayMs = probeDelayMs(statusOf(context, record.id), {plan, ageMs: processAgeMs(record.process)});
  }
}

function statusOf({roots}: ContainerContext, id: string) {
  return readLiveHealth(roots, id)?.Status ?? 'starting';
}

// From the last probe on, whoever has made it. The clock may have been set since: no pause is longer than one between two probes.
function firstDelayMs({record, plan, since}: Monitored, state: HealthState | undefined): number {
  const last = Math.max(Date.parse(since), Date.parse(state?.Log.at(-1)?.End ?? since));
  const pauseMs = probeDelayMs(state?.Status ?? 'starting', {plan, ageMs: processAgeMs(record.process)});
  return Math.min(Math.max(last + pauseMs - Date.now(), 0), pauseMs);
}

// One that has ended is for its exit command to see, one that is asked to end is left in peace.
function probeable(context: ContainerContext, id: string): ContainerRecord | undefined {
  const record = context.records.get(id);
  if (record?.status !== 'running' || record.stoppedBy || isPaused(context, record)) return undefined;
  return record.process && isAlive(record.process) ? record : undefined;
}

interface Probe {
  result: ProbeResult;
  /** Of the container, when the probe began. */
  ageMs: number;
}

async function judge(context: ContainerContext, monitored: Monitored, probe: Probe): Promise<void> {
  const {record, plan} = monitored;
  const isUnhealthy = await recordResult(context, monitored, probe);
  if (isUnhealthy && plan.onFailure) await actOnFailure(context, record, plan.onFailure);
}

// True when it has become unhealthy by this.
async function recordResult(
  context: ContainerContext,
  {record: {id}, plan, since, signal}: Monitored,
  {result, ageMs}: Probe,
): Promise<boolean> {
  const {roots} = context;
  try {
    return await withContainerLock(roots, id, () => {
      const now = context.records.get(id);
      if (!now) removeContainerLocks(roots, id);
      // The container's life has gone on while it was probed.
      const isLate = now?.status !== 'running' || signal.aborted || readMark(roots, id) !== since;
      if (isLate || now.stoppedBy) return false;
      const before = readLiveHealth(roots, id) ?? healthAtStart(undefined);
      const after = healthAfter(before, result, {plan, ageMs});
      writeHealth(roots, id, after);
      if (after.Status === before.Status || after.Status === 'starting') return false;
      context.tell(containerEvent(`health_status: ${after.Status}`, now));
      return after.Status === 'unhealthy';
    });
  } catch (error) {
    // Somebody has been stopping it for minutes.
    if (isEngineError(error, 'state-busy')) return false;
    throw error;
  }
}
