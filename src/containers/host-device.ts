// Device files of the host that a container's options name.
import {type Stats, statSync} from 'node:fs';
import type {DeviceNumbers} from '../../bundles/bundle-input.ts';
import {deviceLimits, type ResourceOptions} from '../../bundles/resource-options.ts';
import {EngineError, errnoOf} from '../errors.ts';
import {deviceNumbers} from '../system/device-numbers.ts';

/**
 * Numbers of the block devices that limits name, by path; a link counts as what it leads to. Throws EngineError
 * 'invalid-option' for one that is not there.
 */
export function limitedDevices(resources: ResourceOptions): Record<string, DeviceNumbers> {
  const paths = deviceLimits.flatMap((name) => (resources[name] ?? []).map(({path}) => path));
  return Object.fromEntries(paths.map((path) => [path, blockDevice(path)]));
}

function blockDevice(path: string): DeviceNumbers {
  const stats = statOf(path);
  if (stats.isBlockDevice()) return deviceNumbers(stats.rdev);
  throw new EngineError('invalid-option', `cannot limit ${path}: it is not a block device`, {exit: 125});
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR') throw error;
    throw new EngineError('invalid-option', `cannot limit ${path}: there is no such device`, {
      hint: "'lsblk -p' lists the block devices of this machine",
      cause: error,
      exit: 125,
    });
  }
}
