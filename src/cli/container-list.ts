// What `ps` shows of a container, in Docker's columns and words.

import type {ContainerSummary} from '../engine.ts';
import {type Row, withLabels} from './output/format-rows.ts';
import {ago, ellipsis, goTime, humanDuration, humanSize, shortId} from './output/human-units.ts';
import {portColumn} from './port-list.ts';

export const containerHeaders: Row = withLabels({
  ID: 'CONTAINER ID',
  Image: 'IMAGE',
  Command: 'COMMAND',
  RunningFor: 'CREATED',
  CreatedAt: 'CREATED AT',
  Status: 'STATUS',
  State: 'STATE',
  Ports: 'PORTS',
  Names: 'NAMES',
  Labels: 'LABELS',
  Mounts: 'MOUNTS',
  LocalVolumes: 'LOCAL VOLUMES',
  Networks: 'NETWORKS',
  Size: 'SIZE',
});

export function containerTable({sizes}: {sizes: boolean}): string[] {
  const columns = ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names'];
  return sizes ? [...columns, 'Size'] : columns;
}

/** `truncate`: short ids and commands, as without --no-trunc. */
export function containerRow(
  container: ContainerSummary,
  {truncate}: {truncate: boolean},
  now = new Date(),
): Row {
  const {id, name, image, command, createdAt, status, labels, mounts, networks} = container;
  const line = commandLine(command);
  const row = {
    ID: truncate ? shortId(id) : id,
    Image: image,
    Command: JSON.stringify(truncate ? ellipsis(line, 20) : line),
    RunningFor: ago(createdAt, now),
    CreatedAt: goTime(createdAt),
    Status: statusText(container, now),
    State: status,
    Ports: portColumn(container.ports),
    Names: name,
    Labels: Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(','),
    Mounts: mounts.map((mount) => (truncate ? ellipsis(mount, 15) : mount)).join(','),
    LocalVolumes: String(mounts.filter((mount) => !mount.startsWith('/')).length),
    Networks: networks.join(','),
    Size: sizeText(container),
  };
  return withLabels(row, labels);
}

// As Docker joins it: arguments with a space in single quotes, the program itself never.
function commandLine([program = '', ...args]: readonly string[]): string {
  return [program, ...args.map((arg) => (arg.includes(' ') ? `'${arg}'` : arg))].join(' ');
}

/** 'Up 5 minutes (healthy)', 'Restarting (1) 5 seconds ago', 'Exited (0) 3 seconds ago', 'Created'. */
export function statusText(
  {status, startedAt, finishedAt, exitCode, health}: ContainerSummary,
  now = new Date(),
): string {
  switch (status) {
    case 'running':
      return `${upText(startedAt, now)}${healthText(health)}`;
    case 'paused':
      return `${upText(startedAt, now)} (Paused)`;
    case 'restarting':
      return `Restarting (${exitCode ?? 0})${finishedAt ? ` ${ago(finishedAt, now)}` : ''}`;
    case 'exited':
      return `Exited (${exitCode ?? 0})${finishedAt ? ` ${ago(finishedAt, now)}` : ''}`;
    case 'removing':
      return 'Removal In Progress';
    case 'created':
      return 'Created';
  }
}

// As Docker shows it.
function healthText(health: ContainerSummary['health']): string {
  if (health === undefined) return '';
  return health === 'starting' ? ' (health: starting)' : ` (${health})`;
}

function upText(startedAt: Date | undefined, now: Date): string {
  return startedAt ? `Up ${humanDuration(now.getTime() - startedAt.getTime())}` : 'Up';
}

function sizeText({sizes}: ContainerSummary): string {
  if (!sizes) return '0B';
  return `${humanSize(sizes.writtenBytes, 3)} (virtual ${humanSize(sizes.totalBytes, 3)})`;
}
