// The limits of a container, as values: what the flags of `run` and `create` ask for. Plain data, stored with the
// container as JSON. A limit that is absent or 0 is none.

export interface ResourceOptions {
  memoryBytes?: number;
  /** Memory and swap together; -1 for as much swap as there is. Without it there is as much swap as memory. */
  memorySwapBytes?: number;
  /** What the kernel leaves a container when memory is short. */
  memoryReservationBytes?: number;
  /** 0 to 100: how readily the container's memory is swapped out. */
  memorySwappiness?: number;
  /** A container that is out of memory waits instead of losing a process. */
  oomKillDisable?: boolean;
  /** Billionths of one CPU: `--cpus 1.5` is 1,500,000,000. */
  nanoCpus?: number;
  /** Relative weight; a container without one weighs 1024. */
  cpuShares?: number;
  cpuPeriodUs?: number;
  /** Below 0: no limit. */
  cpuQuotaUs?: number;
  realtimePeriodUs?: number;
  realtimeRuntimeUs?: number;
  /** CPUs and memory nodes, as lists: `0-2,4`. */
  cpusetCpus?: string;
  cpusetMems?: string;
  /** 10 to 1000. */
  blockWeight?: number;
  blockWeightDevices?: DeviceValue[];
  /** Bytes a second. */
  readBps?: DeviceValue[];
  writeBps?: DeviceValue[];
  /** Operations a second. */
  readIops?: DeviceValue[];
  writeIops?: DeviceValue[];
  /** -1 means unlimited. */
  pidsLimit?: number;
}

/** A weight or a rate of one block device of the host. */
export interface DeviceValue {
  /** Under /dev. */
  path: string;
  value: number;
}

/** The lists of `ResourceOptions` that name devices. */
export const deviceLimits = [
  'blockWeightDevices',
  'readBps',
  'writeBps',
  'readIops',
  'writeIops',
] as const satisfies readonly (keyof ResourceOptions)[];
