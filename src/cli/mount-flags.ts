// The flags of run and create that put files of the host into the container: mounts, volumes and devices.
import {parseDevice, parseDeviceRule} from '../../bundles/options/device.ts';
import {parseMount} from '../../bundles/options/mount.ts';
import {mountOption} from '../../bundles/options/mount-meaning.ts';
import {parseStorageOption, storageSize} from '../../bundles/options/storage-option.ts';
import {parseTmpfs} from '../../bundles/options/tmpfs.ts';
import {parseVolume} from '../../bundles/options/volume.ts';
import {checkVolumeDriver} from '../../bundles/options/volume-driver.ts';
import {parseVolumesFrom} from '../../bundles/options/volumes-from.ts';
import {list, parsedList, text} from './flag-kinds.ts';
import {checkedByClient, type FlagRow, row} from './flag-rows.ts';

export const mountRows: Record<string, FlagRow> = {
  device: row(
    list({description: 'Give it a device of the host, as DEVICE[:PATH-IN-CONTAINER][:rwm]'}),
    (options, texts) => {
      options.devices = texts.map((device) => checkedByClient(() => parseDevice(device)));
    },
  ),
  'device-cgroup-rule': row(
    parsedList(
      'list',
      parseDeviceRule,
    )({description: "Let it use devices by their numbers, as in 'c 188:* rwm'"}),
    (options, rules) => {
      options.deviceRules = rules;
    },
  ),
  mount: row(
    parsedList(
      'mount',
      parseMount,
    )({
      description: 'Mount something, as type=bind|volume|tmpfs,source=…,target=…,readonly,…',
    }),
    ({mounts}, more) => mounts.push(...more.map((fields) => mountOption(fields, process.cwd()))),
  ),
  'storage-opt': row(
    list({description: "How much it may write into its root filesystem, as 'size=10g'"}),
    (options, texts) => {
      const size = storageSize(texts.map((option) => checkedByClient(() => parseStorageOption(option))));
      if (size !== undefined) options.rootfsSizeBytes = size;
    },
  ),
  tmpfs: row(parsedList('list', parseTmpfs)({description: 'Mount a tmpfs'}), ({mounts}, more) =>
    mounts.push(...more),
  ),
  volume: row(
    parsedList('list', (spec) => parseVolume(spec, process.cwd()))({
      char: 'v',
      description: 'Mount a folder of the host or a named volume',
    }),
    ({mounts}, more) => mounts.push(...more),
  ),
  'volume-driver': row(text({description: "Driver of the named volumes: 'local'"}), (_, driver) =>
    checkVolumeDriver(driver),
  ),
  'volumes-from': row(
    list({description: 'Mount what another container has mounted, as CONTAINER[:ro]'}),
    (options, texts) => {
      for (const source of texts) parseVolumesFrom(source);
      options.volumesFrom = texts;
    },
  ),
};
