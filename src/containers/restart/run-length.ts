// How long a container ran. Boards without a battery boot in 1970 and jump to the present: the calendar alone may say fifty
// years, or less than nothing.
import {readFileSync} from 'node:fs';
import type {ContainerRecord} from '../../state/container-record.ts';
import type {ProcessIdentity} from '../../system/process-identity.ts';

/** Of /proc/PID/stat, on every architecture that crundle runs on (sysconf(3), _SC_CLK_TCK). */
const ticksPerSecond = 100;

/**
 * Milliseconds by the calendar, unless the kernel's own clock says that it cannot be so long, or the calendar went backwards:
 * then by the kernel's, until now. Undefined when neither knows, as for a container of the last boot.
 */
export function runLengthMs(
  {startedAt, process}: Pick<ContainerRecord, 'startedAt' | 'process'>,
  finishedAt: Date,
  uptimeMs = readUptimeMs(),
): number | undefined {
  if (startedAt === undefined || process === undefined) return undefined;
  const ageMs = processAgeMs(process, uptimeMs);
  const ranMs = finishedAt.getTime() - startedAt.getTime();
  return ranMs < 0 ? ageMs : Math.min(ranMs, ageMs);
}

/** Milliseconds since a process began, by the kernel's clock, which nobody sets. */
export function processAgeMs({startTime}: ProcessIdentity, uptimeMs = readUptimeMs()): number {
  return Math.max(0, uptimeMs - (startTime / ticksPerSecond) * 1000);
}

// Counts while the machine sleeps too, as start times do (proc_uptime(5)).
function readUptimeMs(): number {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
}
