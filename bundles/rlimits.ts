// Resource limits of a container's first process: the configuration's defaults under the person's --ulimit.
import {EngineError} from '../src/errors.ts';
import type {Rlimit} from '../src/oci/runtime-spec.ts';
import type {Ulimit} from './container-options.ts';
import type {HostFacts} from './host-facts.ts';

/** RLIM_INFINITY as the kernel and the specification have it. */
const unlimited = 2n ** 64n - 1n;

/** What `setrlimit` lets this process do. */
export type RlimitRights = Pick<HostFacts, 'rlimits' | 'capabilities'>;

/**
 * Limits that neither name are inherited from whoever starts the container. A default above what may be set is cut
 * to that; a --ulimit above it is refused with EngineError 'host-unsupported', since it was asked for.
 */
export function containerRlimits(
  asked: readonly Ulimit[],
  defaults: readonly Ulimit[],
  rights: RlimitRights,
): Rlimit[] {
  for (const ulimit of asked) requireSettable(ulimit, rights);
  const limits = new Map<string, Ulimit>();
  for (const ulimit of defaults) limits.set(ulimit.name, cutToSettable(ulimit, rights));
  for (const ulimit of asked) limits.set(ulimit.name, ulimit);
  return [...limits.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(toRlimit);
}

function requireSettable({name, hard}: Ulimit, rights: RlimitRights): void {
  const highest = highestHard(name, rights);
  if (asNumber(hard) <= highest) return;
  throw new EngineError(
    'host-unsupported',
    `cannot set ulimit ${name} to ${hard === -1 ? 'unlimited' : hard}: the hard limit of this process is ${highest}, and it has no CAP_SYS_RESOURCE to raise it`,
    {exit: 125},
  );
}

function cutToSettable({name, soft, hard}: Ulimit, rights: RlimitRights): Ulimit {
  const highest = highestHard(name, rights);
  const cut = (value: number) => (asNumber(value) <= highest ? value : highest);
  return {name, soft: cut(soft), hard: cut(hard)};
}

function highestHard(name: string, {rlimits, capabilities}: RlimitRights): number {
  if (capabilities.effective.includes('CAP_SYS_RESOURCE')) return Number.POSITIVE_INFINITY;
  return rlimits[typeOf(name)]?.hard ?? Number.POSITIVE_INFINITY;
}

function toRlimit({name, soft, hard}: Ulimit): Rlimit {
  return {type: typeOf(name), soft: asUint64(soft), hard: asUint64(hard)};
}

function typeOf(name: string): string {
  return `RLIMIT_${name.toUpperCase()}`;
}

function asNumber(value: number): number {
  return value === -1 ? Number.POSITIVE_INFINITY : value;
}

function asUint64(value: number): number | bigint {
  if (value === -1) return unlimited;
  return Number.isSafeInteger(value) ? value : BigInt(value);
}
