// The flags of run and create that limit what a container may use.
import {checkSwappiness} from '../../bundles/memory-limits.ts';
import {parseCgroupNamespace, parseCgroupParent} from '../../bundles/options/cgroup.ts';
import {parseCpus} from '../../bundles/options/cpus.ts';
import {parseDeviceBps, parseDeviceIops, parseDeviceWeight} from '../../bundles/options/device-value.ts';
import {parseInteger, parseUint16} from '../../bundles/options/integer.ts';
import {parseMemory, parseMemorySwap} from '../../bundles/options/memory-size.ts';
import type {ResourceOptions} from '../../bundles/resource-options.ts';
import {parsed, parsedList, text, toggle} from './flag-kinds.ts';
import {checkedByClient, type FlagRow, row} from './flag-rows.ts';

const bytes = parsed('bytes', parseMemory);
const whole = parsed('int', parseInteger);
const deviceBps = parsedList('list', parseDeviceBps);
const deviceIops = parsedList('list', parseDeviceIops);

// A flag whose value is one limit as it stands.
function limit<Name extends keyof ResourceOptions>(
  flag: Parameters<typeof row<NonNullable<ResourceOptions[Name]>>>[0],
  name: Name,
): FlagRow {
  return row(flag, ({resources}, value) => {
    resources[name] = value;
  });
}

export const resourceRows: Record<string, FlagRow> = {
  'blkio-weight': limit(
    parsed('uint16', parseUint16)({description: 'Weight among those who use block devices (10 to 1000)'}),
    'blockWeight',
  ),
  'blkio-weight-device': limit(
    parsedList('list', parseDeviceWeight)({description: 'The same for one device, as DEVICE:WEIGHT'}),
    'blockWeightDevices',
  ),
  'cgroup-parent': row(
    text({description: 'Cgroup path or slice that the container is in'}),
    (options, path) => {
      if (path !== '') options.cgroupParent = parseCgroupParent(path);
    },
  ),
  cgroupns: row(text({description: "Cgroup namespace: 'host' or 'private'"}), (options, mode) => {
    const namespace = checkedByClient(() => parseCgroupNamespace(mode));
    if (namespace !== undefined) options.cgroupNamespace = namespace;
  }),
  'cpu-period': limit(whole({description: 'Period of the CPU quota in microseconds'}), 'cpuPeriodUs'),
  'cpu-quota': limit(whole({description: 'CPU time in each period in microseconds'}), 'cpuQuotaUs'),
  'cpu-rt-period': limit(
    whole({description: 'Period of the real-time CPU limit in microseconds'}),
    'realtimePeriodUs',
  ),
  'cpu-rt-runtime': limit(
    whole({description: 'Real-time CPU limit in each period in microseconds'}),
    'realtimeRuntimeUs',
  ),
  'cpu-shares': limit(whole({char: 'c', description: 'Weight among those who want CPU time'}), 'cpuShares'),
  cpus: limit(parsed('decimal', parseCpus)({description: 'Number of CPUs'}), 'nanoCpus'),
  'cpuset-cpus': limit(text({description: 'CPUs to run on, such as 0-3 or 0,1'}), 'cpusetCpus'),
  'cpuset-mems': limit(text({description: 'Memory nodes to use, such as 0-3 or 0,1'}), 'cpusetMems'),
  'device-read-bps': limit(
    deviceBps({description: 'Limit of reading from a device, as DEVICE:BYTES-A-SECOND'}),
    'readBps',
  ),
  'device-read-iops': limit(
    deviceIops({description: 'Limit of reading from a device, as DEVICE:OPERATIONS-A-SECOND'}),
    'readIops',
  ),
  'device-write-bps': limit(
    deviceBps({description: 'Limit of writing to a device, as DEVICE:BYTES-A-SECOND'}),
    'writeBps',
  ),
  'device-write-iops': limit(
    deviceIops({description: 'Limit of writing to a device, as DEVICE:OPERATIONS-A-SECOND'}),
    'writeIops',
  ),
  memory: limit(bytes({char: 'm', description: 'Memory limit'}), 'memoryBytes'),
  'memory-reservation': limit(
    bytes({description: 'What is left to it when memory is short'}),
    'memoryReservationBytes',
  ),
  'memory-swap': limit(
    parsed('bytes', parseMemorySwap)({description: 'Limit of memory and swap together (-1 for any swap)'}),
    'memorySwapBytes',
  ),
  'memory-swappiness': row(
    whole({description: 'How readily its memory is swapped out (0 to 100)'}),
    ({resources}, value) => {
      if (value !== -1) resources.memorySwappiness = checkedByClient(() => checkSwappiness(value));
    },
  ),
  'oom-kill-disable': limit(
    toggle({description: 'Let it wait for memory instead of losing a process'}),
    'oomKillDisable',
  ),
  'oom-score-adj': row(
    whole({description: 'How readily it is ended when the host is out of memory (-1000 to 1000)'}),
    (options, score) => {
      options.oomScoreAdj = score;
    },
  ),
  'pids-limit': limit(whole({description: 'Limit of processes (-1 for none)'}), 'pidsLimit'),
  'shm-size': row(bytes({description: 'Size of /dev/shm'}), (options, size) => {
    if (size > 0) options.shmSizeBytes = size;
  }),
};
