// Docker's rules of restart policies, as values: whether a container that has ended is started again, after which pause,
// and whether it is started at boot. Pure.
import type {ContainerRecord} from '../../state/container-record.ts';

const firstDelayMs = 100;
const longestDelayMs = 60_000;
/** Who has run this long has started well: the pauses begin anew. */
const steadyMs = 10_000;
/** How long a restart that is due is left to the process that waits for it. */
const graceMs = 2000;
/** Docker's exit code for an end that nobody was left to see: a failure. */
export const unseenExit = 255;

type Policied = Pick<ContainerRecord, 'options' | 'restartCount' | 'restartDelayMs' | 'stoppedBy'>;

export interface PlannedRestart {
  restartCount: number;
  restartDelayMs: number;
  restartAt: Date;
}

/** How a run ended, or the attempt at one: then `ranMs` is 0. */
export interface RunEnd {
  exitCode: number;
  ranMs: number;
}

/** When the container is to be started again; undefined when it stays as it is. */
export function planRestart(
  record: Policied,
  {exitCode, ranMs}: RunEnd,
  now = new Date(),
): PlannedRestart | undefined {
  if (record.stoppedBy !== undefined || !wantsAnother(record, exitCode)) return undefined;
  const restartDelayMs = ranMs >= steadyMs ? firstDelayMs : nextDelayMs(record.restartDelayMs);
  return {
    restartCount: record.restartCount + 1,
    restartDelayMs,
    restartAt: new Date(now.getTime() + restartDelayMs),
  };
}

function wantsAnother({options: {restartPolicy}, restartCount}: Policied, exitCode: number): boolean {
  if (restartPolicy?.name !== 'on-failure') return restartPolicy !== undefined;
  const {maximumRetryCount} = restartPolicy;
  return exitCode !== 0 && (maximumRetryCount === 0 || restartCount < maximumRetryCount);
}

function nextDelayMs(delayMs: number): number {
  return delayMs === 0 ? firstDelayMs : Math.min(delayMs * 2, longestDelayMs);
}

/** Milliseconds from now to the restart; 0 when it is due. */
export function msUntilRestart({restartAt}: Pick<ContainerRecord, 'restartAt'>, now = Date.now()): number {
  const ms = (restartAt?.getTime() ?? 0) - now;
  // Further away than any pause: the clock was set back.
  return ms > longestDelayMs ? 0 : Math.max(ms, 0);
}

/** True when the process that should have started it again is late, or dead. */
export function isOverdue({restartAt}: Pick<ContainerRecord, 'restartAt'>, now = Date.now()): boolean {
  return msUntilRestart({restartAt}, now) === 0 && Math.abs(now - (restartAt?.getTime() ?? 0)) > graceMs;
}

/** True for a container that a boot may bring back: a power cut must not take from the record what decides that. */
export function isBootsBusiness({options}: Pick<ContainerRecord, 'options'>): boolean {
  return options.restartPolicy !== undefined;
}

/**
 * True for a container that has ended and that the boot brings back. `always` comes back even when a person has stopped
 * it, as under Docker; the others then stay down.
 */
export function startsAtBoot(record: Pick<ContainerRecord, 'status' | 'exitCode'> & Policied): boolean {
  const {status, options, stoppedBy, exitCode} = record;
  // Created: nobody has wanted it to run yet. A first start that a power cut has ended was wanted, and left it exited.
  if (status !== 'exited' || options.restartPolicy === undefined) return false;
  if (options.restartPolicy.name === 'always') return true;
  return stoppedBy !== 'person' && wantsAnother(record, exitCode ?? unseenExit);
}
