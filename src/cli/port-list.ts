// Ports in Docker's words: `0.0.0.0:8080->80/tcp, 443/tcp`, neighbours joined to ranges.

import {portName} from '../../bundles/exposed-ports.ts';
import {socketText} from '../addresses/ip-address.ts';
import type {ContainerPort} from '../engine.ts';

/** The Ports column of `ps`. */
export function portColumn(ports: readonly ContainerPort[]): string {
  const ranges = new Map<string, Range>();
  const done: string[] = [];
  const translated: string[] = [];
  for (const port of [...ports].sort(byContainerPort)) {
    const {containerPort, protocol, hostIp, hostPort} = port;
    if (hostIp !== undefined && hostPort !== containerPort) {
      translated.push(`${socketText(hostIp, hostPort)}->${portName(containerPort, protocol)}`);
      continue;
    }
    const key = `${hostIp ?? ''}/${protocol}`;
    const range = ranges.get(key);
    if (range && range.last + 1 === containerPort) range.last = containerPort;
    else {
      if (range) done.push(rangeText(range));
      // A range keeps the place of the first of its address, as in Docker's column.
      ranges.set(key, {hostIp, protocol, first: containerPort, last: containerPort});
    }
  }
  return [...done, ...[...ranges.values()].map(rangeText), ...translated].join(', ');
}

interface Range extends Pick<ContainerPort, 'protocol'> {
  hostIp: string | undefined;
  first: number;
  last: number;
}

function rangeText({hostIp, protocol, first, last}: Range): string {
  const ports = first === last ? String(first) : `${first}-${last}`;
  return hostIp === undefined ? `${ports}/${protocol}` : `${socketText(hostIp, ports)}->${ports}/${protocol}`;
}

function byContainerPort(a: ContainerPort, b: ContainerPort): number {
  return (
    a.containerPort - b.containerPort ||
    compare(a.hostIp ?? '', b.hostIp ?? '') ||
    (a.hostPort ?? 0) - (b.hostPort ?? 0) ||
    compare(a.protocol, b.protocol)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The lines of `port`: `80/tcp -> 0.0.0.0:8080`. */
export function portLines(ports: readonly ContainerPort[]): string[] {
  return naturallySorted(
    ports.flatMap(({containerPort, protocol, hostIp, hostPort}) =>
      hostIp === undefined ? [] : [`${portName(containerPort, protocol)} -> ${socketText(hostIp, hostPort)}`],
    ),
  );
}

/** Where one port of the container is published: `0.0.0.0:8080`. */
export function addressLines(
  ports: readonly ContainerPort[],
  wanted: Pick<ContainerPort, 'containerPort' | 'protocol'>,
): string[] {
  return naturallySorted(
    ports.flatMap(({containerPort, protocol, hostIp, hostPort}) =>
      hostIp !== undefined && containerPort === wanted.containerPort && protocol === wanted.protocol
        ? [socketText(hostIp, hostPort)]
        : [],
    ),
  );
}

function naturallySorted(lines: string[]): string[] {
  return lines.sort(new Intl.Collator('en', {numeric: true}).compare);
}
