// `--blkio-weight-device`, `--device-read-bps` and their kin: a block device and a number.
import type {DeviceValue} from '../resource-options.ts';
import {parseMemory} from './memory-size.ts';
import {optionError} from './option-error.ts';

/** `/dev/sda:500`; 0 takes a weight away. Throws EngineError 'invalid-option' in Docker's words. */
export function parseDeviceWeight(text: string): DeviceValue {
  const {path, value} = split(text);
  const weight = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (weight === 0 || (weight >= 10 && weight <= 1000)) return {path, value: weight};
  throw optionError(`invalid weight for device: ${text}`, {hint: 'weights are from 10 to 1000'});
}

/** `/dev/sda:10mb`: bytes a second. Throws EngineError 'invalid-option' in Docker's words. */
export function parseDeviceBps(text: string): DeviceValue {
  const {path, value} = split(text);
  try {
    return {path, value: parseMemory(value)};
  } catch (error) {
    throw optionError(
      `invalid rate for device: ${text}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb`,
      {cause: error},
    );
  }
}

/** `/dev/sda:1000`: operations a second. Throws EngineError 'invalid-option' in Docker's words. */
export function parseDeviceIops(text: string): DeviceValue {
  const {path, value} = split(text);
  if (/^\d+$/.test(value) && Number.isSafeInteger(Number(value))) return {path, value: Number(value)};
  throw optionError(
    `invalid rate for device: ${text}. The correct format is <device-path>:<number>. Number must be a positive integer`,
  );
}

function split(text: string): {path: string; value: string} {
  const [, path, value] = /^([^:]+):(.*)$/s.exec(text) ?? [];
  if (path === undefined || value === undefined) throw optionError(`bad format: ${text}`);
  if (!path.startsWith('/dev/')) throw optionError(`bad format for device path: ${text}`);
  return {path, value};
}
