// `update`: limits that change while a container is there. Docker's rules and words (moby's container.UpdateContainer).
import type {Resources} from '../src/oci/runtime-spec.ts';
import {blockIoResources} from './block-io-limits.ts';
import {checkResources} from './container-resources.ts';
import {cpuResources} from './cpu-limits.ts';
import {cpusetResources} from './cpuset-limits.ts';
import type {CgroupFacts, HostFacts} from './host-facts.ts';
import {memoryResources, swapLimit} from './memory-limits.ts';
import {optionError} from './options/option-error.ts';
import type {ResourceOptions} from './resource-options.ts';

/**
 * The limits that a container has from now on. What is 0 or empty stays as it was, but for the limit of processes.
 * `warnings` name what this host cannot enforce. Throws EngineError 'invalid-option', 'host-unsupported'.
 */
export function updateLimits(
  current: ResourceOptions,
  given: ResourceOptions,
  host: Pick<HostFacts, 'cgroup' | 'cpus'>,
): {limits: ResourceOptions; warnings: string[]} {
  const asked = onlyAsked(given);
  // A limit of memory and swap together has a meaning beside one of memory, which may be there already.
  const memoryBytes =
    asked.memoryBytes ?? ((asked.memorySwapBytes ?? 0) > 0 ? current.memoryBytes : undefined);
  const warnings = checkResources({...asked, ...(memoryBytes !== undefined && {memoryBytes})}, host);
  checkAgainstCurrent(current, asked, host.cgroup);
  return {limits: {...withSwapAsItIs(current), ...asked}, warnings};
}

function onlyAsked({pidsLimit, ...given}: ResourceOptions): ResourceOptions {
  const asked = Object.entries(given).filter(
    ([, value]) => value !== undefined && value !== 0 && value !== '',
  );
  return {
    ...(Object.fromEntries(asked) as ResourceOptions),
    ...(pidsLimit !== undefined && {pidsLimit: Math.max(pidsLimit, 0)}),
  };
}

function checkAgainstCurrent(
  current: ResourceOptions,
  asked: ResourceOptions,
  {swapAccounting}: CgroupFacts,
): void {
  const has = (name: 'nanoCpus' | 'cpuPeriodUs' | 'cpuQuotaUs') => (current[name] ?? 0) > 0;
  const conflicts = [
    [asked.nanoCpus, has('cpuPeriodUs'), 'Nano CPUs cannot be updated as CPU Period has already been set'],
    [asked.nanoCpus, has('cpuQuotaUs'), 'Nano CPUs cannot be updated as CPU Quota has already been set'],
    [asked.cpuPeriodUs, has('nanoCpus'), 'CPU Period cannot be updated as NanoCPUs has already been set'],
    [asked.cpuQuotaUs, has('nanoCpus'), 'CPU Quota cannot be updated as NanoCPUs has already been set'],
  ] as const;
  const conflict = conflicts.find(([value, isSet]) => value !== undefined && isSet);
  if (conflict) throw optionError(`Conflicting options: ${conflict[2]}`);
  const {memoryBytes = 0, memorySwapBytes} = asked;
  const swap = swapLimit(current) ?? -1;
  if (swapAccounting && memorySwapBytes === undefined && memoryBytes > 0 && memoryBytes > swap) {
    throw optionError(
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
      {hint: 'give --memory-swap too: memory and swap together, or -1'},
    );
  }
}

// As much swap as memory was the limit when none was asked for; it stays when the limit of memory moves.
function withSwapAsItIs(current: ResourceOptions): ResourceOptions {
  if ((current.memoryBytes ?? 0) === 0 || (current.memorySwapBytes ?? 0) !== 0) return current;
  return {...current, memorySwapBytes: swapLimit(current) ?? -1};
}

// crun 1.8 cannot write the kernel's word for "no limit" (max); no machine has more processes than this (PID_MAX_LIMIT).
const everyPid = 4_194_304;

/** What a runtime has to change for a container that runs. Empty when the host can enforce nothing of it. */
export function changedResources(
  limits: ResourceOptions,
  given: ResourceOptions,
  cgroup: CgroupFacts,
): Resources {
  const asked = onlyAsked(given);
  const memory = changedMemory(limits, asked, cgroup);
  const cpu = {...cpuResources(limits, cgroup), ...cpusetResources(limits, cgroup)};
  const {blockWeight, pidsLimit} = asked;
  const blockIO = blockWeight === undefined ? undefined : blockIoResources({blockWeight}, cgroup, {});
  return {
    ...(memory && {memory}),
    ...(Object.keys(asked).some((name) => /^(cpu|nano|realtime)/.test(name)) &&
      Object.keys(cpu).length > 0 && {cpu}),
    ...(pidsLimit !== undefined &&
      cgroup.controllers.includes('pids') && {pids: {limit: pidsLimit > 0 ? pidsLimit : everyPid}}),
    ...(blockIO && {blockIO}),
  };
}

function changedMemory(
  limits: ResourceOptions,
  asked: ResourceOptions,
  cgroup: CgroupFacts,
): Resources['memory'] {
  const {memoryBytes, memorySwapBytes, memoryReservationBytes} = asked;
  if ((memoryBytes ?? memorySwapBytes ?? memoryReservationBytes) === undefined) return undefined;
  const {limit, swap, reservation} = memoryResources(limits, cgroup) ?? {};
  const isUnlimited = limit !== undefined && cgroup.swapAccounting && limits.memorySwapBytes === -1;
  return {
    ...(limit !== undefined && {limit}),
    ...(swap !== undefined && {swap}),
    // Said here, where there may be a limit to take away.
    ...(isUnlimited && {swap: -1}),
    ...(reservation !== undefined && {reservation}),
  };
}
