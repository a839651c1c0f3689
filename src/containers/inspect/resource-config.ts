// The limits in `HostConfig` of `inspect`, in Docker's field names and types.
import {swapLimit} from '../../../bundles/memory-limits.ts';
import type {DeviceValue, ResourceOptions} from '../../../bundles/resource-options.ts';

export function resourceConfig(resources: ResourceOptions) {
  return {
    CpuShares: resources.cpuShares ?? 0,
    Memory: resources.memoryBytes ?? 0,
    NanoCpus: resources.nanoCpus ?? 0,
    BlkioWeight: resources.blockWeight ?? 0,
    BlkioWeightDevice: (resources.blockWeightDevices ?? []).map(({path, value}) => ({
      Path: path,
      Weight: value,
    })),
    BlkioDeviceReadBps: rates(resources.readBps),
    BlkioDeviceWriteBps: rates(resources.writeBps),
    BlkioDeviceReadIOps: rates(resources.readIops),
    BlkioDeviceWriteIOps: rates(resources.writeIops),
    CpuPeriod: resources.cpuPeriodUs ?? 0,
    CpuQuota: resources.cpuQuotaUs ?? 0,
    CpuRealtimePeriod: resources.realtimePeriodUs ?? 0,
    CpuRealtimeRuntime: resources.realtimeRuntimeUs ?? 0,
    CpusetCpus: resources.cpusetCpus ?? '',
    CpusetMems: resources.cpusetMems ?? '',
    MemoryReservation: resources.memoryReservationBytes ?? 0,
    MemorySwap: swapLimit(resources) ?? -1,
    MemorySwappiness: resources.memorySwappiness ?? null,
    OomKillDisable: resources.oomKillDisable ?? false,
    PidsLimit: resources.pidsLimit ?? null,
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
  };
}

function rates(list: readonly DeviceValue[] = []) {
  return list.map(({path, value}) => ({Path: path, Rate: value}));
}
