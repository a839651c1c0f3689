// Limits of block devices: Docker's checks and words, and their `linux.resources.blockIO`. crun turns the fields into
// the files of either version of cgroups.
import type {BlockIoResources, ThrottledDevice} from '../src/oci/runtime-spec.ts';
import type {BundleInput, DeviceNumbers} from './bundle-input.ts';
import type {CgroupFacts} from './host-facts.ts';
import {optionError} from './options/option-error.ts';
import type {DeviceValue, ResourceOptions} from './resource-options.ts';

/** Throws EngineError 'invalid-option'. Returns warnings of what `blockIoResources` leaves out. */
export function checkBlockIo(options: ResourceOptions, cgroup: CgroupFacts): string[] {
  const {blockWeight = 0} = options;
  const able = abilities(cgroup);
  if (blockWeight !== 0 && (blockWeight < 10 || blockWeight > 1000) && able.weight) {
    throw optionError('Range of blkio weight is from 10 to 1000');
  }
  const discarded: [asked: boolean, able: boolean, what: string, consequence: string][] = [
    [blockWeight > 0, able.weight, 'Block I/O weight', 'Weight'],
    [isAsked(options.blockWeightDevices), able.weightDevice, 'Block I/O weight_device', 'Weight-device'],
    [isAsked(options.readBps), able.throttle, 'BPS Block I/O read limit', 'Block I/O BPS read limit'],
    [isAsked(options.writeBps), able.throttle, 'BPS Block I/O write limit', 'Block I/O BPS write limit'],
    [isAsked(options.readIops), able.throttle, 'IOPS Block read limit', 'Block I/O IOPS read limit'],
    [isAsked(options.writeIops), able.throttle, 'IOPS Block write limit', 'Block I/O IOPS write limit'],
  ];
  return discarded
    .filter(([asked, isAble]) => asked && !isAble)
    .map(
      ([, , what, consequence]) =>
        `Your kernel does not support ${what} or the cgroup is not mounted. ${consequence} discarded.`,
    );
}

/** Undefined when nothing is limited. Each device that a limit names has its numbers in `devices`. */
export function blockIoResources(
  options: ResourceOptions,
  cgroup: CgroupFacts,
  devices: NonNullable<BundleInput['blockDevices']>,
): BlockIoResources | undefined {
  const able = abilities(cgroup);
  const {blockWeight = 0, blockWeightDevices, readBps, writeBps, readIops, writeIops} = options;
  const throttled = (list: readonly DeviceValue[] | undefined): ThrottledDevice[] | undefined =>
    able.throttle && isAsked(list)
      ? list.map(({path, value}) => ({...numbersOf(path, devices), rate: value}))
      : undefined;
  const limits = {
    weight: able.weight && blockWeight > 0 ? blockWeight : undefined,
    weightDevice:
      able.weightDevice && isAsked(blockWeightDevices)
        ? blockWeightDevices.map(({path, value}) => ({...numbersOf(path, devices), weight: value}))
        : undefined,
    throttleReadBpsDevice: throttled(readBps),
    throttleWriteBpsDevice: throttled(writeBps),
    throttleReadIOPSDevice: throttled(readIops),
    throttleWriteIOPSDevice: throttled(writeIops),
  };
  const asked = Object.entries(limits).filter(([, value]) => value !== undefined);
  return asked.length > 0 ? Object.fromEntries(asked) : undefined;
}

// Version 2 has rates where it has the controller; weights take a scheduler or a cost model, and crun sets those of
// single devices by the one scheduler that has them.
function abilities({version, controllers, files}: CgroupFacts) {
  if (version === 2) {
    return {
      weight: files.includes('io.weight') || files.includes('io.bfq.weight'),
      weightDevice: files.includes('io.bfq.weight'),
      throttle: files.includes('io.max'),
    };
  }
  const blkio = controllers.includes('blkio');
  return {
    weight: blkio && files.includes('blkio.weight'),
    weightDevice: blkio && files.includes('blkio.weight_device'),
    throttle: blkio && files.includes('blkio.throttle.read_bps_device'),
  };
}

function numbersOf(path: string, devices: Record<string, DeviceNumbers>): DeviceNumbers {
  const numbers = devices[path];
  if (numbers === undefined) throw new Error(`no numbers of ${path} were looked up`);
  return {major: numbers.major, minor: numbers.minor};
}

function isAsked(list: readonly DeviceValue[] | undefined): list is readonly DeviceValue[] {
  return list !== undefined && list.length > 0;
}
