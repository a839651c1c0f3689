// The cgroup limits and device rules of a container, and the checks of them against what the host can do.
import type {CpuResources, Resources} from '../src/oci/runtime-spec.ts';
import {blockIoResources, checkBlockIo} from './block-io-limits.ts';
import type {BundleInput} from './bundle-input.ts';
import {checkCpu, cpuResources} from './cpu-limits.ts';
import {checkCpuset, cpusetResources} from './cpuset-limits.ts';
import {deviceRules} from './devices.ts';
import type {CgroupFacts, HostFacts} from './host-facts.ts';
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
  blockDevices = {},
  ...input
}: Pick<BundleInput, 'options' | 'host' | 'devices' | 'blockDevices'>): Resources {
  const {resources} = input.options;
  const {cgroup} = input.host;
  const {pidsLimit = 0} = resources;
  const memory = memoryResources(resources, cgroup);
  const cpu: CpuResources = {...cpuResources(resources, cgroup), ...cpusetResources(resources, cgroup)};
  const blockIO = blockIoResources(resources, cgroup, blockDevices);
  return {
    devices: deviceRules(input),
    ...(memory && {memory}),
    ...(Object.keys(cpu).length > 0 && {cpu}),
    ...(pidsLimit > 0 && cgroup.controllers.includes('pids') && {pids: {limit: pidsLimit}}),
    ...(blockIO && {blockIO}),
  };
}
