// Limits of processors: Docker's checks and words, and their `linux.resources.cpu`.
import {EngineError} from '../src/errors.ts';
import type {CpuResources} from '../src/oci/runtime-spec.ts';
import type {CgroupFacts, HostFacts} from './host-facts.ts';
import {optionError} from './options/option-error.ts';
import type {ResourceOptions} from './resource-options.ts';

const defaultPeriodUs = 100_000;
const nanosPerCpu = 1_000_000_000;
/** What the kernel takes on cgroup v1, and crun turns into the weights of v2. */
const shares = {least: 2, most: 262_144};

/**
 * Throws EngineError 'invalid-option', or 'host-unsupported' for --cpus and --cpu-rt-*. Returns warnings of what
 * `cpuResources` leaves out.
 */
export function checkCpu(
  options: ResourceOptions,
  {cgroup, cpus}: Pick<HostFacts, 'cgroup' | 'cpus'>,
): string[] {
  const {nanoCpus = 0, cpuShares = 0, cpuPeriodUs = 0, cpuQuotaUs = 0} = options;
  const able = abilities(cgroup);
  const warnings: string[] = [];
  if (nanoCpus > 0 && cpuPeriodUs > 0) {
    throw optionError('Conflicting options: Nano CPUs and CPU Period cannot both be set', {hint: eitherOr});
  }
  if (nanoCpus > 0 && cpuQuotaUs > 0) {
    throw optionError('Conflicting options: Nano CPUs and CPU Quota cannot both be set', {hint: eitherOr});
  }
  checkCpuCount(nanoCpus, cpus, able.quota);
  if (cpuShares !== 0) checkShares(cpuShares);
  if (cpuShares > 0 && !able.shares) {
    warnings.push('Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.');
  }
  if ((cpuPeriodUs !== 0 || cpuQuotaUs !== 0) && !able.quota) {
    warnings.push('Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.');
  } else {
    checkQuota(cpuPeriodUs, cpuQuotaUs);
  }
  checkRealtime(options, able.realtime);
  return warnings;
}

const eitherOr = 'use either --cpus, or --cpu-period and --cpu-quota';

function checkCpuCount(nanoCpus: number, cpus: number, able: boolean): void {
  if (nanoCpus === 0) return;
  if (nanoCpus < 0 || nanoCpus > cpus * nanosPerCpu) {
    throw optionError(`Range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`);
  }
  if (!able) {
    throw unsupported(
      'NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted',
    );
  }
}

// In runc's words, which finds it at the start.
function checkShares(value: number): void {
  if (value < 0) throw optionError('shares: invalid argument');
  if (value < shares.least) throw optionError(`the minimum allowed cpu-shares is ${shares.least}`);
  if (value > shares.most) throw optionError(`the maximum allowed cpu-shares is ${shares.most}`);
}

function checkQuota(periodUs: number, quotaUs: number): void {
  if (periodUs !== 0 && (periodUs < 1000 || periodUs > 1_000_000)) {
    throw optionError('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  }
  if (quotaUs > 0 && quotaUs < 1000) {
    throw optionError('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  }
}

function checkRealtime({realtimePeriodUs = 0, realtimeRuntimeUs = 0}: ResourceOptions, able: boolean): void {
  if (realtimePeriodUs === 0 && realtimeRuntimeUs === 0) return;
  if (realtimePeriodUs > 0 && realtimeRuntimeUs > realtimePeriodUs) {
    throw optionError('cpu real-time runtime cannot be higher than cpu real-time period');
  }
  if (!able) {
    throw unsupported(
      '--cpu-rt-period and --cpu-rt-runtime cannot be set: the kernel has no real-time groups, or the cgroup is version 2',
    );
  }
}

/** Undefined when nothing is limited. What the host cannot limit is left out: `checkCpu` has warned of it. */
export function cpuResources(options: ResourceOptions, cgroup: CgroupFacts): CpuResources | undefined {
  const able = abilities(cgroup);
  const {cpuShares = 0, realtimePeriodUs = 0, realtimeRuntimeUs = 0} = options;
  const cpu: CpuResources = {
    ...(able.shares && cpuShares > 0 && {shares: cpuShares}),
    ...(able.quota && bandwidth(options)),
    ...(able.realtime && realtimePeriodUs !== 0 && {realtimePeriod: realtimePeriodUs}),
    ...(able.realtime && realtimeRuntimeUs !== 0 && {realtimeRuntime: realtimeRuntimeUs}),
  };
  return Object.keys(cpu).length > 0 ? cpu : undefined;
}

function bandwidth({nanoCpus = 0, cpuPeriodUs = 0, cpuQuotaUs = 0}: ResourceOptions): CpuResources {
  if (nanoCpus > 0) {
    return {quota: Math.floor((nanoCpus * defaultPeriodUs) / nanosPerCpu), period: defaultPeriodUs};
  }
  return {
    ...(cpuPeriodUs !== 0 && {period: cpuPeriodUs}),
    ...(cpuQuotaUs !== 0 && {quota: cpuQuotaUs}),
  };
}

function abilities({controllers, files}: CgroupFacts) {
  const cpu = controllers.includes('cpu');
  return {
    shares: cpu && (files.includes('cpu.shares') || files.includes('cpu.weight')),
    quota: cpu && (files.includes('cpu.cfs_quota_us') || files.includes('cpu.max')),
    realtime: cpu && files.includes('cpu.rt_runtime_us'),
  };
}

function unsupported(message: string): EngineError {
  return new EngineError('host-unsupported', message, {exit: 125});
}
