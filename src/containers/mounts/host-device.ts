// Device files of the host that a container's options name.
import {realpathSync, type Stats, statSync} from 'node:fs';
import {join, relative} from 'node:path';
import type {DeviceNumbers, ResolvedDevice} from '../../../bundles/bundle-input.ts';
import type {DeviceOption} from '../../../bundles/device-options.ts';
import {deviceLimits, type ResourceOptions} from '../../../bundles/resource-options.ts';
import {EngineError, errnoOf} from '../../errors.ts';
import {deviceNumbers} from '../../system/device-numbers.ts';
import {listDevices, toDevice} from '../../system/host-facts.ts';

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

/**
 * The device files that were asked for, with their paths in the container; of a folder all that are in it. Links count as
 * what they lead to. Throws EngineError 'invalid-option' in Docker's words.
 */
export function resolveDevices(devices: readonly DeviceOption[]): ResolvedDevice[] {
  return devices.flatMap(({source, target, access}) => {
    const path = realPathOf(source);
    const stats = statSync(path);
    if (stats.isCharacterDevice() || stats.isBlockDevice()) return [{...toDevice(target, stats), access}];
    const found = stats.isDirectory() ? listDevices(path) : [];
    if (found.length === 0) throw noDevice(source, 'not a device node');
    return found.map((device) => ({...device, path: join(target, relative(path, device.path)), access}));
  });
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR') throw error;
    throw noDevice(path, 'no such file or directory', error);
  }
}

function noDevice(path: string, reason: string, cause?: unknown): EngineError {
  return new EngineError(
    'invalid-option',
    `error gathering device information while adding custom device "${path}": ${reason}`,
    {cause, exit: 125},
  );
}
