// The paths under /proc and /sys that a container may not see or not write, as Docker 28 has them.
import type {HostFacts} from './host-facts.ts';

/** Covered by an empty file or folder. */
const masked = [
  '/proc/acpi',
  '/proc/asound',
  // Times of key strokes and, on x86, of thermal events: GHSA-6fw5-f8r9-fgfm. Docker 28.1 and later.
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  // Power meters tell secrets: GHSA-jq35-85cj-fj4p. Docker 24.0.7 and later.
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];

export const readOnlyPaths: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

export function maskedPaths(host: Pick<HostFacts, 'thermalThrottlePaths'>): string[] {
  return [...masked, ...host.thermalThrottlePaths];
}
