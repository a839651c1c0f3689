// What `volume ls` and `volume inspect` show of a volume, in Docker's columns, fields and order.
import type {Volume, VolumeSummary} from '../engine.ts';
import {type Row, withLabels} from './output/format-rows.ts';
import {naturalOrder} from './output/natural-order.ts';

export const volumeHeaders: Row = withLabels({
  Name: 'VOLUME NAME',
  Driver: 'DRIVER',
  Scope: 'SCOPE',
  Mountpoint: 'MOUNTPOINT',
  Labels: 'LABELS',
  Links: 'LINKS',
  Size: 'SIZE',
  Availability: 'AVAILABILITY',
  Group: 'GROUP',
  Status: 'STATUS',
});

export const volumeTable = ['Driver', 'Name'] as const;

export function volumeRows(volumes: readonly VolumeSummary[]): Row[] {
  return volumes.toSorted((a, b) => naturalOrder(a.name, b.name)).map(volumeRow);
}

function volumeRow({name, path, labels}: VolumeSummary): Row {
  const row = {
    Name: name,
    Driver: 'local',
    Scope: 'local',
    Mountpoint: path,
    Labels: Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(','),
    // Docker has these of `system df` and of a swarm's volumes.
    Links: 'N/A',
    Size: 'N/A',
    Availability: 'N/A',
    Group: 'N/A',
    Status: 'N/A',
  };
  return withLabels(row, labels);
}

/** https://docs.docker.com/reference/api/engine/version/v1.48/#tag/Volume/operation/VolumeInspect */
export function volumeInspect({name, path, labels, createdAt}: Volume) {
  return {
    CreatedAt: createdAt.toISOString().replace(/\.\d+Z$/, 'Z'),
    Driver: 'local',
    Labels: Object.keys(labels).length > 0 ? labels : null,
    Mountpoint: path,
    Name: name,
    Options: null,
    Scope: 'local',
  };
}
