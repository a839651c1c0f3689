// What `system df` shows, in Docker's columns and by its rules for what could be had back.
import type {DiskUsage} from '../engine.ts';
import {containerHeaders, containerRow} from './container-list.ts';
import {imageHeaders, imageRows} from './image-list.ts';
import {goJson, type Row, withLabels} from './output/format-rows.ts';
import {formatValue} from './output/format-value.ts';
import {humanSize} from './output/human-units.ts';
import {alignColumns} from './output/table.ts';
import {volumeHeaders, volumeRows} from './volume-list.ts';

export const usageHeaders: Row = {
  Type: 'TYPE',
  TotalCount: 'TOTAL',
  Active: 'ACTIVE',
  Size: 'SIZE',
  Reclaimable: 'RECLAIMABLE',
};

export const usageTable = ['Type', 'TotalCount', 'Active', 'Size', 'Reclaimable'] as const;

/** A row a kind. */
export function usageRows({images, containers, volumes, store}: DiskUsage): Row[] {
  const used = images.filter(({containers: count}) => count > 0);
  const usedBytes = sum(used, ({sizeBytes, sharedBytes}) => sizeBytes - sharedBytes);
  const active = containers.filter(({status}) => /^(running|paused|restarting)$/.test(status));
  const written = (list: typeof containers) => sum(list, ({sizes}) => sizes?.writtenBytes ?? 0);
  const mounted = volumes.filter(({users}) => users.length > 0);
  const volumeBytes = (list: typeof volumes) => sum(list, ({sizeBytes}) => sizeBytes);
  return [
    usageRow('Images', [images.length, used.length], store.layerBytes, usedBytes),
    usageRow('Containers', [containers.length, active.length], written(containers), written(active)),
    usageRow('Local Volumes', [volumes.length, mounted.length], volumeBytes(volumes), volumeBytes(mounted)),
    usageRow('Build Cache', [0, 0], 0, 0),
  ];
}

function usageRow(type: string, counts: [all: number, active: number], bytes: number, used: number): Row {
  const free = bytes - used;
  const share = bytes > 0 ? ` (${Math.trunc((free * 100) / bytes)}%)` : '';
  return {
    Type: type,
    TotalCount: String(counts[0]),
    Active: String(counts[1]),
    Size: humanSize(bytes),
    Reclaimable: `${humanSize(free)}${share}`,
  };
}

function sum<T>(items: readonly T[], bytesOf: (item: T) => number): number {
  return items.reduce((total, item) => total + bytesOf(item), 0);
}

/** Every object with its size, as `system df -v` lists them, and what of the store they are. */
export function verboseUsage(usage: DiskUsage, now = new Date()): string {
  const {Images, Containers, Volumes} = verboseRows(usage, {truncate: true, now});
  const {layerBytes, blobBytes, partialBytes} = usage.store;
  return [
    section('Images space usage:', imageColumns, imageHeaders, Images),
    section('Containers space usage:', containerColumns, containerHeaders, Containers),
    section('Local Volumes space usage:', ['Name', 'Links', 'Size'], volumeHeaders, Volumes),
    `Build cache usage: 0B\n\n${alignColumns([cacheHeaders])}`,
    section('Store space usage:', ['Content', 'Size'], {Content: 'CONTENT', Size: 'SIZE'}, [
      {Content: 'Unpacked layers', Size: humanSize(layerBytes)},
      {Content: 'Blobs as pulled or loaded', Size: humanSize(blobBytes)},
      {Content: 'Unfinished downloads', Size: humanSize(partialBytes)},
    ]),
  ].join('\n');
}

const imageColumns = [
  'Repository',
  'Tag',
  'ID',
  'CreatedSince',
  'Size',
  'SharedSize',
  'UniqueSize',
  'Containers',
];
const containerColumns = ['ID', 'Image', 'Command', 'LocalVolumes', 'Size', 'RunningFor', 'Status', 'Names'];
const cacheHeaders = ['CACHE ID', 'CACHE TYPE', 'SIZE', 'CREATED', 'LAST USED', 'USAGE', 'SHARED'];

function section(title: string, columns: readonly string[], headers: Row, rows: readonly Row[]): string {
  const lines = [headers, ...rows].map((row) => columns.map((column) => row[column] ?? ''));
  return `${title}\n\n${alignColumns(lines)}`;
}

/** The same for `--format`, which sees all lists at once. Docker ends it without a line feed. */
export async function formattedVerboseUsage(
  usage: DiskUsage,
  format: string,
  now = new Date(),
): Promise<string> {
  const rows = verboseRows(usage, {truncate: false, now});
  if (format !== 'json' && format !== '{{json .}}') return await formatValue(rows, format);
  const sorted = (list: readonly Row[]) =>
    list.map((row) => Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))));
  const {Images, Containers, Volumes, BuildCache} = rows;
  return goJson({
    Images: sorted(Images),
    Containers: sorted(Containers),
    Volumes: sorted(Volumes),
    BuildCache,
  });
}

function verboseRows(
  {images, containers, volumes}: DiskUsage,
  {truncate, now}: {truncate: boolean; now: Date},
) {
  const sizes = new Map(volumes.map((volume) => [volume.name, volume]));
  return {
    Images: images.map((image) => {
      // Docker shows the first of an image's names.
      const references = image.references.toSorted().slice(0, 1);
      const [row = {}] = imageRows(
        [{...image, references, repoDigests: []}],
        {truncate, digests: false},
        now,
      );
      return {
        ...row,
        Digest: '',
        Containers: String(image.containers),
        SharedSize: humanSize(image.sharedBytes),
        UniqueSize: humanSize(image.sizeBytes - image.sharedBytes),
      };
    }),
    Containers: containers.map((container) => ({
      ...containerRow(container, {truncate}, now),
      Size: humanSize(container.sizes?.writtenBytes ?? 0, 3),
    })),
    Volumes: volumeRows(volumes).map((row) => {
      const volume = sizes.get(row.Name ?? '');
      const {Availability: _, Group: __, Status: ___, ...kept} = row;
      return withLabels(
        {...kept, Links: String(volume?.users.length ?? 0), Size: humanSize(volume?.sizeBytes ?? 0)},
        volume?.labels,
      );
    }),
    BuildCache: [],
  };
}
