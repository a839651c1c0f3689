// What is known of a container's health, and how a probe changes that: Docker's rules (moby, daemon/health.go). Pure, in the
// field names of `inspect`.
import type {HealthPlan} from '../../../bundles/healthcheck.ts';

export type HealthStatus = 'starting' | 'healthy' | 'unhealthy';

export interface ProbeResult {
  /** RFC 3339. */
  Start: string;
  End: string;
  /** -1: it could not be run, or was ended for taking too long. */
  ExitCode: number;
  /** At most 4096 bytes of what it wrote, and three dots when that was more. */
  Output: string;
}

export interface HealthState {
  Status: HealthStatus;
  /** Failures since the last success that count. */
  FailingStreak: number;
  /** The last probes, oldest first; those of earlier runs too. */
  Log: ProbeResult[];
}

const keptResults = 5;

/** Of a container that has just been started. */
export function healthAtStart(earlier: HealthState | undefined): HealthState {
  return {Status: 'starting', FailingStreak: 0, Log: earlier?.Log ?? []};
}

/** Of a container that nobody probes any more: paused, or ended. As under Docker that is not called healthy. */
export function healthUnwatched(state: HealthState): HealthState {
  return {...state, Status: 'unhealthy'};
}

/** `ageMs`: how long the container had run when the probe began, by a clock that nobody sets. */
export function healthAfter(
  state: HealthState,
  result: ProbeResult,
  {plan, ageMs}: {plan: Pick<HealthPlan, 'retries' | 'startPeriodMs'>; ageMs: number},
): HealthState {
  const Log = [...state.Log, result].slice(-keptResults);
  if (result.ExitCode === 0) return {Status: 'healthy', FailingStreak: 0, Log};
  // A success has ended the start period, however much of it is left.
  const isStarting = state.Status === 'starting' && ageMs < plan.startPeriodMs;
  if (isStarting) return {...state, Log};
  const FailingStreak = state.FailingStreak + 1;
  return {Status: FailingStreak >= plan.retries ? 'unhealthy' : state.Status, FailingStreak, Log};
}

/** Milliseconds from the end of a probe, or from the beginning, to the next one. */
export function probeDelayMs(status: HealthStatus, {plan, ageMs}: {plan: HealthPlan; ageMs: number}): number {
  return ageMs < plan.startPeriodMs && status === 'starting' ? plan.startIntervalMs : plan.intervalMs;
}

/** What is written of it as JSON; undefined for what a power cut has torn or somebody has changed. */
export function parseHealth(text: string | undefined): HealthState | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isHealthState(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isHealthState(value: unknown): value is HealthState {
  if (!isObject(value)) return false;
  const {Status, FailingStreak, Log} = value;
  const isKnown = Status === 'starting' || Status === 'healthy' || Status === 'unhealthy';
  return isKnown && Number.isInteger(FailingStreak) && Array.isArray(Log) && Log.every(isProbeResult);
}

function isProbeResult(value: unknown): value is ProbeResult {
  if (!isObject(value)) return false;
  const {Start, End, ExitCode, Output} = value;
  return isTime(Start) && isTime(End) && Number.isInteger(ExitCode) && typeof Output === 'string';
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
