// Which processors and memory nodes a container may use: Docker's checks and words, and their part of
// `linux.resources.cpu`.
import type {CpuResources} from '../src/oci/runtime-spec.ts';
import type {CgroupFacts} from './host-facts.ts';
import {optionError} from './options/option-error.ts';
import type {ResourceOptions} from './resource-options.ts';

/** No machine has so many: keeps `0-9999999999` from being counted out. */
const mostNumber = 8192;

/** Throws EngineError 'invalid-option'. Returns a warning when `cpusetResources` leaves all out. */
export function checkCpuset(
  {cpusetCpus = '', cpusetMems = ''}: ResourceOptions,
  {controllers, cpuset}: CgroupFacts,
): string[] {
  if (cpusetCpus === '' && cpusetMems === '') return [];
  if (!controllers.includes('cpuset')) {
    return ['Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.'];
  }
  const cpus = listOf(cpusetCpus, 'cpus');
  if (!isWithin(cpus, cpuset.cpus)) {
    throw optionError(
      `Requested CPUs are not available - requested ${cpusetCpus}, available: ${cpuset.cpus}`,
    );
  }
  const mems = listOf(cpusetMems, 'mems');
  if (!isWithin(mems, cpuset.mems)) {
    throw optionError(
      `Requested memory nodes are not available - requested ${cpusetMems}, available: ${cpuset.mems}`,
    );
  }
  return [];
}

export function cpusetResources(
  {cpusetCpus = '', cpusetMems = ''}: ResourceOptions,
  {controllers}: CgroupFacts,
): CpuResources {
  if (!controllers.includes('cpuset')) return {};
  return {...(cpusetCpus !== '' && {cpus: cpusetCpus}), ...(cpusetMems !== '' && {mems: cpusetMems})};
}

/** The numbers of `0-2,4`. Undefined for other text. */
export function parseNumberList(text: string): Set<number> | undefined {
  const numbers = new Set<number>();
  for (const part of text === '' ? [] : text.split(',')) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (first === undefined || Number(first) > Number(last) || Number(last) > mostNumber) return undefined;
    for (let number = Number(first); number <= Number(last); number++) numbers.add(number);
  }
  return numbers;
}

function listOf(text: string, kind: 'cpus' | 'mems'): Set<number> {
  const numbers = parseNumberList(text);
  if (numbers !== undefined) return numbers;
  throw optionError(`Invalid value ${text} for cpuset ${kind}`, {
    hint: 'write numbers and ranges with commas between them, such as 0-2,4',
  });
}

function isWithin(asked: Set<number>, available: string): boolean {
  return asked.isSubsetOf(parseNumberList(available) ?? new Set());
}
