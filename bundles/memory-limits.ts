// Limits of memory: Docker's checks and words, and their `linux.resources.memory`.
import type {MemoryResources} from '../src/oci/runtime-spec.ts';
import type {CgroupFacts} from './host-facts.ts';
import {optionError} from './options/option-error.ts';
import type {ResourceOptions} from './resource-options.ts';

/** Below this, Docker says, a container hardly starts. */
const minimumBytes = 6 * 1024 * 1024;

/** Throws EngineError 'invalid-option'. Returns warnings of what `memoryResources` leaves out. */
export function checkMemory(options: ResourceOptions, cgroup: CgroupFacts): string[] {
  const {memoryBytes = 0, memorySwapBytes = 0, memoryReservationBytes = 0, memorySwappiness} = options;
  const able = abilities(cgroup);
  const limited = memoryBytes > 0 && able.limit;
  if (memoryBytes !== 0 && memoryBytes < minimumBytes)
    throw optionError('Minimum memory limit allowed is 6MB');
  const warnings = [
    ...(memoryBytes > 0 && !able.limit ? [discarded('memory limit', 'Limitation discarded')] : []),
    ...(limited && memorySwapBytes !== -1 && !able.swap
      ? [discarded('swap limit', 'Memory limited without swap')]
      : []),
  ];
  if (limited && able.swap && memorySwapBytes > 0 && memorySwapBytes < memoryBytes) {
    throw optionError('Minimum memoryswap limit should be larger than memory limit, see usage', {
      hint: '--memory-swap is memory and swap together',
    });
  }
  if (memoryBytes === 0 && memorySwapBytes > 0) {
    throw optionError('You should always set the Memory limit when using Memoryswap limit, see usage');
  }
  if (memorySwappiness !== undefined) checkSwappiness(memorySwappiness);
  if (memorySwappiness !== undefined && !able.swappiness) {
    warnings.push(discarded('memory swappiness', 'Memory swappiness discarded'));
  }
  if (memoryReservationBytes > 0 && !able.reservation) {
    warnings.push(discarded('memory soft limit', 'Limitation discarded'));
  } else if (memoryReservationBytes > 0) {
    checkReservation(memoryReservationBytes, limited ? memoryBytes : 0);
  }
  return [...warnings, ...oomKillWarnings(options, able.oomKillDisable, limited)];
}

/** Returns the value. Throws EngineError 'invalid-option'. */
export function checkSwappiness(value: number): number {
  if (value >= 0 && value <= 100) return value;
  throw optionError(`invalid value: ${value}. Valid memory swappiness range is 0-100`);
}

function checkReservation(reservation: number, limit: number): void {
  if (reservation < minimumBytes) throw optionError('Minimum memory reservation allowed is 6MB');
  if (limit > 0 && limit < reservation) {
    throw optionError('Minimum memory limit can not be less than memory reservation limit, see usage');
  }
}

function oomKillWarnings({oomKillDisable}: ResourceOptions, able: boolean, limited: boolean): string[] {
  if (!oomKillDisable) return [];
  if (!able) return ['Your kernel does not support OomKillDisable. OomKillDisable discarded.'];
  if (limited) return [];
  return [
    'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
  ];
}

/** Undefined when nothing is limited. What the host cannot limit is left out: `checkMemory` has warned of it. */
export function memoryResources(options: ResourceOptions, cgroup: CgroupFacts): MemoryResources | undefined {
  const able = abilities(cgroup);
  const {memoryBytes = 0, memoryReservationBytes = 0, memorySwappiness, oomKillDisable = false} = options;
  const limit = able.limit && memoryBytes > 0 ? memoryBytes : undefined;
  const swap = limit !== undefined && able.swap ? swapLimit(options) : undefined;
  const memory: MemoryResources = {
    ...(limit !== undefined && {limit}),
    ...(swap !== undefined && {swap}),
    ...(able.reservation && memoryReservationBytes > 0 && {reservation: memoryReservationBytes}),
    ...(able.swappiness && memorySwappiness !== undefined && {swappiness: memorySwappiness}),
    ...(able.oomKillDisable && oomKillDisable && {disableOOMKiller: true}),
  };
  return Object.keys(memory).length > 0 ? memory : undefined;
}

/** Memory and swap together: as much swap as memory is Docker's default. Undefined for no limit. */
export function swapLimit({memoryBytes = 0, memorySwapBytes = 0}: ResourceOptions): number | undefined {
  if (memorySwapBytes === 0) return memoryBytes * 2;
  return memorySwapBytes > 0 ? memorySwapBytes : undefined;
}

// Swappiness and the killer's switch are version 1's; version 2 has a soft limit by another name.
function abilities({controllers, files, swapAccounting}: CgroupFacts) {
  return {
    limit: controllers.includes('memory'),
    swap: swapAccounting,
    swappiness: files.includes('memory.swappiness'),
    reservation: files.includes('memory.soft_limit_in_bytes') || files.includes('memory.low'),
    oomKillDisable: files.includes('memory.oom_control'),
  };
}

function discarded(what: string, consequence: string): string {
  return `Your kernel does not support ${what} capabilities or the cgroup is not mounted. ${consequence}.`;
}
