// What `network ls` shows of a network, in Docker's columns and words.
import type {NetworkSummary} from '../engine.ts';
import {type Row, withLabels} from './output/format-rows.ts';
import {goTime, shortId} from './output/human-units.ts';

export const networkHeaders: Row = withLabels({
  ID: 'NETWORK ID',
  Name: 'NAME',
  Driver: 'DRIVER',
  Scope: 'SCOPE',
  IPv4: 'IPV4',
  IPv6: 'IPV6',
  Internal: 'INTERNAL',
  Labels: 'LABELS',
  CreatedAt: 'CREATED AT',
});

export const networkTable = ['ID', 'Name', 'Driver', 'Scope'] as const;

/** `truncate`: short ids, as without --no-trunc. */
export function networkRow(network: NetworkSummary, {truncate}: {truncate: boolean}): Row {
  const {id, name, driver, createdAt, ipv4, ipv6, internal, labels} = network;
  const row = {
    ID: truncate ? shortId(id) : id,
    Name: name,
    Driver: driver,
    Scope: 'local',
    IPv4: String(ipv4),
    IPv6: String(ipv6),
    Internal: String(internal),
    Labels: Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(','),
    CreatedAt: goTime(createdAt),
  };
  return withLabels(row, labels);
}
