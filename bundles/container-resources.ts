// The cgroup limits and device rules of a container, and the checks of them against what the host can do.

import type {CpuResources, Device, DeviceRule, Resources} from '../src/oci/runtime-spec.ts';
import {blockIoResources, checkBlockIo} from './block-io-limits.ts';
import type {BundleInput} from './bundle-input.ts';
import {checkCpu, cpuResources} from './cpu-limits.ts';
import {checkCpuset, cpusetResources} from './cpuset-limits.ts';
import type {CgroupFacts, HostDevice, HostFacts} from './host-facts.ts';
import {checkMemory, memoryResources} from './memory-limits.ts';
import type {ResourceOptions} from './resource-options.ts';

/**
 * Checks limits in Docker's order and words. Returns warnings about limits that this host cannot enforce, which
 * `containerResources` then leaves out. Throws EngineError 'invalid-option', or 'host-unsupported'.
 */
export function checkResources(options: ResourceOptions, host: Pick<HostFacts, 'cgroup' | 'cpus'>): string[] {
  const {cgroup} = host;
  return [
    ...checkMemory(options, cgroup),
    ...checkPids(options, cgroup),
    ...checkCpu(options, host),
    ...checkCpuset(options, cgroup),
    ...checkBlockIo(options, cgroup),
  ];
}

function checkPids({pidsLimit = 0}: ResourceOptions, {controllers}: CgroupFacts): string[] {
  if (pidsLimit <= 0 || controllers.includes('pids')) return [];
  return [
    'Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.',
  ];
}

/** Limits that the host cannot enforce are left out: `checkResources` has warned of them. */
export function containerResources({
  options: {resources, privileged},
  host: {cgroup},
  blockDevices = {},
}: Pick<BundleInput, 'options' | 'host' | 'blockDevices'>): Resources {
  const {pidsLimit = 0} = resources;
  const memory = memoryResources(resources, cgroup);
  const cpu: CpuResources = {...cpuResources(resources, cgroup), ...cpusetResources(resources, cgroup)};
  const blockIO = blockIoResources(resources, cgroup, blockDevices);
  return {
    devices: privileged ? [{allow: true, access: 'rwm'}] : defaultDeviceRules(cgroup),
    ...(memory && {memory}),
    ...(Object.keys(cpu).length > 0 && {cpu}),
    ...(pidsLimit > 0 && cgroup.controllers.includes('pids') && {pids: {limit: pidsLimit}}),
    ...(blockIO && {blockIO}),
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

// Docker's list; the runtime adds mknod of anything and the terminals.
function defaultDeviceRules(cgroup: CgroupFacts): DeviceRule[] {
  return [
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
    // fuse, which runtimes once allowed by default; never on version 2, where systemd takes no rule that denies but the first
    ...(cgroup.version === 1 ? characterDevices(false, [[10, 229]]) : []),
  ];
}

function characterDevices(allow: boolean, numbers: [number, number][]): DeviceRule[] {
  return numbers.map(([major, minor]) => ({allow, type: 'c', major, minor, access: 'rwm'}));
}
