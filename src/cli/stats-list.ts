// The rows of `stats`: Docker's fields and their texts.
import type {ContainerStats} from '../engine.ts';
import type {Row} from './output/format-rows.ts';
import {binarySize, humanSize, shortId} from './output/human-units.ts';

export const statsHeaders: Row = {
  Container: 'CONTAINER',
  Name: 'NAME',
  ID: 'CONTAINER ID',
  CPUPerc: 'CPU %',
  MemUsage: 'MEM USAGE / LIMIT',
  MemPerc: 'MEM %',
  NetIO: 'NET I/O',
  BlockIO: 'BLOCK I/O',
  PIDs: 'PIDS',
};

export const statsTable = ['ID', 'Name', 'CPUPerc', 'MemUsage', 'MemPerc', 'NetIO', 'BlockIO', 'PIDs'];

/** `asked`: what the person called it; without, its id stands there. */
export function statsRow(stats: ContainerStats, {asked, truncate}: {asked?: string; truncate: boolean}): Row {
  const {id, name, cpuPercent, memoryBytes, memoryLimitBytes, pids} = stats;
  const memoryPercent = memoryLimitBytes > 0 ? (memoryBytes / memoryLimitBytes) * 100 : 0;
  return {
    Container: asked ?? shortId(id),
    Name: name,
    ID: truncate ? shortId(id) : id,
    CPUPerc: `${cpuPercent.toFixed(2)}%`,
    MemUsage: `${binarySize(memoryBytes)} / ${binarySize(memoryLimitBytes)}`,
    MemPerc: `${memoryPercent.toFixed(2)}%`,
    NetIO: pair(stats.receivedBytes, stats.sentBytes),
    BlockIO: pair(stats.readBytes, stats.writtenBytes),
    PIDs: String(pids),
  };
}

function pair(first: number, second: number): string {
  return `${humanSize(first, 3)} / ${humanSize(second, 3)}`;
}
