// What a cgroup has used, as the kernel counts it: cgroup v1 and v2. Reads only.
import {join} from 'node:path';
import {errnoOf} from '../errors.ts';
import {readOptionalFile} from '../system/optional-file.ts';
import {cgroupRoot, isUnified} from './running-cgroup.ts';

export interface CgroupUsage {
  cpuNanoseconds: number;
  /** Without the page cache that goes first when memory is short, as Docker counts. */
  memoryBytes: number;
  /** Infinity without one. */
  memoryLimitBytes: number;
  readBytes: number;
  writtenBytes: number;
  /** Processes and threads. */
  pids: number;
}

/** `path` is below each hierarchy; undefined when there is no such cgroup (any more). What is not counted there is 0. */
export function readCgroupUsage(path: string, root: string = cgroupRoot): CgroupUsage | undefined {
  return isUnified(root) ? readUnified(join(root, path)) : readHierarchies(path, root);
}

function readUnified(folder: string): CgroupUsage | undefined {
  const cpu = read(join(folder, 'cpu.stat'));
  if (cpu === undefined) return undefined;
  // `rbytes=` and `wbytes=` of each device.
  const io = read(join(folder, 'io.stat')) ?? '';
  // crun sets the limits below the scope of systemd.
  const limits = [folder, join(folder, 'container')].map((place) => read(join(place, 'memory.max')));
  return {
    cpuNanoseconds: fieldOf(cpu, 'usage_usec') * 1000,
    memoryBytes: withoutCache(
      numberOf(read(join(folder, 'memory.current'))),
      fieldOf(read(join(folder, 'memory.stat')), 'inactive_file'),
    ),
    memoryLimitBytes: Math.min(...limits.map((limit) => (limit ? numberOr(limit, Infinity) : Infinity))),
    readBytes: sum(io, /\brbytes=(\d+)/g),
    writtenBytes: sum(io, /\bwbytes=(\d+)/g),
    pids: numberOf(read(join(folder, 'pids.current'))),
  };
}

function readHierarchies(path: string, root: string): CgroupUsage | undefined {
  const file = (controller: string, name: string) => read(join(root, controller, path, name));
  const cpu = file('cpuacct', 'cpuacct.usage') ?? file('cpu,cpuacct', 'cpuacct.usage');
  if (cpu === undefined) return undefined;
  // Kernels without the first have the second, which leaves out what is below.
  const io =
    file('blkio', 'blkio.throttle.io_service_bytes_recursive') ??
    file('blkio', 'blkio.throttle.io_service_bytes') ??
    '';
  return {
    cpuNanoseconds: numberOf(cpu),
    memoryBytes: withoutCache(
      numberOf(file('memory', 'memory.usage_in_bytes')),
      fieldOf(file('memory', 'memory.stat'), 'total_inactive_file'),
    ),
    memoryLimitBytes: numberOr(file('memory', 'memory.limit_in_bytes') ?? 'max', Infinity),
    readBytes: sum(io, /\bRead (\d+)/g),
    writtenBytes: sum(io, /\bWrite (\d+)/g),
    pids: numberOf(file('pids', 'pids.current')),
  };
}

function withoutCache(bytes: number, inactive: number): number {
  return inactive < bytes ? bytes - inactive : bytes;
}

// ENODEV: the cgroup went between open and read.
function read(path: string): string | undefined {
  try {
    return readOptionalFile(path);
  } catch (error) {
    if (errnoOf(error) === 'ENODEV' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function numberOf(text: string | undefined): number {
  return numberOr(text ?? '0', 0);
}

function numberOr(text: string, other: number): number {
  return /^\d+\n?$/.test(text) ? Number(text) : other;
}

// The line `NAME NUMBER`.
function fieldOf(text: string | undefined, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text ?? '')?.[1] ?? 0);
}

function sum(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);
}
