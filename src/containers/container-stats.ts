// `stats`: what containers use now, from two looks at what the kernel has counted.
import {totalmem} from 'node:os';
import {setTimeout as sleep} from 'node:timers/promises';
import {readCgroupUsage} from '../runtime/cgroup-usage.ts';
import {readNetworkUsage} from '../runtime/network-usage.ts';
import {readCgroupPath} from '../runtime/running-cgroup.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {ContainerContext} from './container-context.ts';

export interface ContainerStats {
  id: string;
  name: string;
  /** False: all below is 0. */
  running: boolean;
  /** Of one CPU: 200 when two are busy. */
  cpuPercent: number;
  /** Without the page cache that goes first when memory is short. */
  memoryBytes: number;
  /** The machine's memory without one. */
  memoryLimitBytes: number;
  /** Through the container's interfaces, since it was started. 0 on the host's own network. */
  receivedBytes: number;
  sentBytes: number;
  /** From and to block devices. */
  readBytes: number;
  writtenBytes: number;
  /** Processes and threads. */
  pids: number;
}

export interface StatsRounds {
  /** Called before each look: which containers are wanted. */
  wanted(): ContainerRecord[];
  /** Between two looks, and so what CPU time is counted over. */
  intervalMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * One list after the other, in the order of `wanted`, until `signal` aborts. The first one comes after one interval, or at
 * once when nothing runs. Whoever is seen for the first time later on has a CPU percentage of 0 once.
 */
export async function* containerStats(
  context: ContainerContext,
  {wanted, intervalMs, signal}: StatsRounds,
): AsyncGenerator<ContainerStats[]> {
  let before = new Map<string, Look>();
  const look = () => {
    const looks = wanted().map((record) => lookAt(context, record));
    const stats = looks.map((one) => statsOf(one, before.get(one.record.id)));
    before = new Map(looks.map((one) => [one.record.id, one]));
    return stats;
  };
  let latest = look();
  if (latest.some(({running}) => running)) {
    await pause(intervalMs, signal);
    latest = look();
  }
  while (!signal?.aborted) {
    yield latest;
    await pause(intervalMs, signal);
    latest = look();
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal && {signal});
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

interface Look {
  record: ContainerRecord;
  /** Milliseconds of the process's own clock. */
  time: number;
  usage: Omit<ContainerStats, 'id' | 'name' | 'running' | 'cpuPercent'> & {cpuNanoseconds: number};
  running: boolean;
}

const nothing = {
  cpuNanoseconds: 0,
  memoryBytes: 0,
  memoryLimitBytes: 0,
  receivedBytes: 0,
  sentBytes: 0,
  readBytes: 0,
  writtenBytes: 0,
  pids: 0,
};

function lookAt(context: ContainerContext, record: ContainerRecord): Look {
  const time = performance.now();
  const pid = record.status === 'running' ? record.process?.pid : undefined;
  const path = pid === undefined ? undefined : readCgroupPath(context.crun.root, record.id);
  const usage = path === undefined ? undefined : readCgroupUsage(path);
  if (pid === undefined || usage === undefined) return {record, time, usage: nothing, running: false};
  // Docker counts none for the host's network, which is not the container's.
  const network = record.options.network.kind === 'host' ? undefined : readNetworkUsage(pid);
  return {
    record,
    time,
    usage: {
      ...(network ?? {receivedBytes: 0, sentBytes: 0}),
      ...usage,
      memoryLimitBytes: Math.min(usage.memoryLimitBytes, totalmem()),
    },
    running: true,
  };
}

function statsOf(now: Look, before: Look | undefined): ContainerStats {
  const {cpuNanoseconds, ...usage} = now.usage;
  // Another start of it has another cgroup, which counts from 0.
  const isSameRun = before?.running && before.record.process?.pid === now.record.process?.pid;
  const elapsedMs = before ? now.time - before.time : 0;
  const used = before ? cpuNanoseconds - before.usage.cpuNanoseconds : 0;
  return {
    id: now.record.id,
    name: now.record.name,
    running: now.running,
    cpuPercent: isSameRun && elapsedMs > 0 ? Math.max(0, (used / 1e6 / elapsedMs) * 100) : 0,
    ...usage,
  };
}
