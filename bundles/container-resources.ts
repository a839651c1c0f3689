// The cgroup limits and device rules of a container, and the checks of them against what the host can do.
import {EngineError} from '../src/errors.ts';
import type {CpuResources, Device, DeviceRule, MemoryResources, Resources} from '../src/oci/runtime-spec.ts';
import type {ResourceOptions} from './container-options.ts';
import type {HostDevice, HostFacts} from './host-facts.ts';

type ResourceHost = Pick<HostFacts, 'cgroup' | 'cpus'>;

/** Below this, Docker says, a container hardly starts. */
const minimumMemoryBytes = 6 * 1024 * 1024;
const cpuPeriodMicroseconds = 100_000;
const nanosPerCpu = 1_000_000_000;

/**
 * Checks limits in Docker's words. Returns warnings about limits that this host cannot enforce, which
 * `containerResources` then leaves out. Throws EngineError 'invalid-option', or 'host-unsupported' for --cpus.
 */
export function checkResources(options: ResourceOptions, {cgroup, cpus}: ResourceHost): string[] {
  const warnings: string[] = [];
  const {memoryBytes = 0, nanoCpus = 0, pidsLimit = 0} = options;
  if (memoryBytes !== 0 && memoryBytes < minimumMemoryBytes) {
    throw new EngineError('invalid-option', 'Minimum memory limit allowed is 6MB', {exit: 125});
  }
  if (memoryBytes > 0 && !cgroup.controllers.includes('memory')) {
    warnings.push(
      'Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
    );
  } else if (memoryBytes > 0 && !cgroup.swapAccounting) {
    warnings.push(
      'Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.',
    );
  }
  if (pidsLimit > 0 && !cgroup.controllers.includes('pids')) {
    warnings.push(
      'Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.',
    );
  }
  if (nanoCpus !== 0) checkCpus(nanoCpus, {cgroup, cpus});
  return warnings;
}

function checkCpus(nanoCpus: number, {cgroup, cpus}: ResourceHost): void {
  if (nanoCpus < 0 || nanoCpus > cpus * nanosPerCpu) {
    throw new EngineError(
      'invalid-option',
      `Range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`,
      {exit: 125},
    );
  }
  if (!cgroup.controllers.includes('cpu')) {
    throw new EngineError(
      'host-unsupported',
      'NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted',
      {exit: 125},
    );
  }
}

/** Limits that the host has no controller for are left out: `checkResources` has warned of them. */
export function containerResources(
  options: ResourceOptions,
  privileged: boolean,
  {cgroup}: ResourceHost,
): Resources {
  const has = (controller: string) => cgroup.controllers.includes(controller);
  const memory = has('memory') ? memoryOf(options, cgroup.swapAccounting) : undefined;
  const cpu = has('cpu') ? cpuOf(options) : undefined;
  const pids = has('pids') && (options.pidsLimit ?? 0) > 0 ? {limit: options.pidsLimit ?? 0} : undefined;
  return {
    devices: privileged ? [{allow: true, access: 'rwm'}] : defaultDeviceRules,
    ...(memory && {memory}),
    ...(cpu && {cpu}),
    ...(pids && {pids}),
  };
}

/** Device files for `linux.devices`: the runtime makes the usual ones by itself. */
export function privilegedDevices(devices: readonly HostDevice[]): Device[] {
  return devices.map(({path, type, major, minor, fileMode, uid, gid}) => ({
    path,
    type,
    major,
    minor,
    fileMode,
    uid,
    gid,
  }));
}

// As much swap as memory, which is Docker's default: the limit of both together is twice the memory.
function memoryOf({memoryBytes = 0}: ResourceOptions, swapAccounting: boolean): MemoryResources | undefined {
  if (memoryBytes <= 0) return undefined;
  return {limit: memoryBytes, ...(swapAccounting && {swap: memoryBytes * 2})};
}

function cpuOf({nanoCpus = 0}: ResourceOptions): CpuResources | undefined {
  if (nanoCpus <= 0) return undefined;
  return {
    quota: Math.floor((nanoCpus * cpuPeriodMicroseconds) / nanosPerCpu),
    period: cpuPeriodMicroseconds,
  };
}

// Docker's list; the runtime adds mknod of anything and the terminals.
const defaultDeviceRules: DeviceRule[] = [
  {allow: false, access: 'rwm'},
  ...characterDevices(true, [
    [1, 5], // zero
    [1, 3], // null
    [1, 9], // urandom
    [1, 8], // random
    [5, 0], // tty
    [5, 1], // console
    [10, 200], // tun, which Docker's runtime allows by itself
  ]),
  ...characterDevices(false, [[10, 229]]), // fuse, which runtimes once allowed by default
];

function characterDevices(allow: boolean, numbers: [number, number][]): DeviceRule[] {
  return numbers.map(([major, minor]) => ({allow, type: 'c', major, minor, access: 'rwm'}));
}
