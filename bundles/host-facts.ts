// What a bundle depends on of the machine it is made for. Read by src/system/host-facts.ts; given as plain values in
// tests.

export interface HostFacts {
  /** GOARCH word of the kernel: the machine's own architecture, not that of emulated programs. */
  architecture: HostArchitecture;
  hostname: string;
  /** `uname -r`. */
  kernelRelease: string;
  kernelVersion: KernelVersion;
  /** CPUs this process may run on. */
  cpus: number;
  memoryBytes: number;
  swapBytes: number;
  cgroup: CgroupFacts;
  /** Capabilities of this process, with `CAP_`, in the kernel's order. */
  capabilities: {bounding: string[]; effective: string[]};
  /** Limits of this process by `RLIMIT_` name. */
  rlimits: Record<string, RlimitFacts>;
  /** -1000 to 1000. */
  oomScoreAdj: number;
  /** The kernel filters system calls. */
  seccomp: boolean;
  /** The kernel confines by AppArmor, and may load profiles. */
  apparmor: boolean;
  /** The loaded profile for containers that name none. */
  apparmorProfile?: string;
  /** Counters of thermal events, which are on x86 alone: /sys/devices/system/cpu/cpuN/thermal_throttle. */
  thermalThrottlePaths: string[];
  /** The network stack has net.ipv4.ip_unprivileged_port_start (since Linux 4.11) and net.ipv4.ping_group_range. */
  unprivilegedPortSysctl: boolean;
  pingGroupSysctl: boolean;
  /** Device files of the host's /dev, for privileged containers. Read on first use, since that walks /dev. */
  readonly devices: HostDevice[];
}

/** `other` is a machine whose seccomp names are not known. */
export type HostArchitecture =
  | 'arm64'
  | 'amd64'
  | 'arm'
  | '386'
  | 'riscv64'
  | 'ppc64le'
  | 's390x'
  | 'loong64'
  | 'other';

export interface KernelVersion {
  major: number;
  minor: number;
}

export interface CgroupFacts {
  /** 2 when /sys/fs/cgroup itself is cgroup2; 1 for the legacy and the hybrid layout. */
  version: 1 | 2;
  layout: 'unified' | 'hybrid' | 'legacy';
  /** Usable controllers, in v1 words (`memory`, `cpu`, `cpuset`, `pids`, `devices`, …) or v2 ones. */
  controllers: string[];
  /** Memory and swap together can be limited. */
  swapAccounting: boolean;
  /** cgroup namespaces exist. */
  namespaces: boolean;
  /** Names of the files that the cgroup of a container has, such as `memory.swappiness`: what can be limited here. */
  files: string[];
  /** CPUs and memory nodes that a container may be given, as lists: `0-3`. Empty without the controller. */
  cpuset: {cpus: string; mems: string};
}

/** `Infinity` for no limit. */
export interface RlimitFacts {
  soft: number;
  hard: number;
}

export interface HostDevice {
  /** Absolute path under /dev. */
  path: string;
  type: 'c' | 'b';
  major: number;
  minor: number;
  /** Permission bits. */
  fileMode: number;
  uid: number;
  gid: number;
}
