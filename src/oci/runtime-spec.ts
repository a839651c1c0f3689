// Types of the OCI runtime specification 1.2 as far as Linux goes: what a bundle's config.json holds. Shapes only.
// https://github.com/opencontainers/runtime-spec/blob/v1.2.1/config.md, sections named at each type.

/** A uint64: a bigint where the value may exceed 2^53. See runtime-config-json.ts for its way through JSON. */
export type Uint64 = number | bigint;

/** https://github.com/opencontainers/runtime-spec/blob/v1.2.1/config.md */
export interface RuntimeConfig {
  ociVersion: string;
  root: Root;
  hostname?: string;
  domainname?: string;
  /** Mounted in this order. */
  mounts: Mount[];
  process: ProcessSpec;
  hooks?: Hooks;
  linux: LinuxConfig;
  annotations?: Record<string, string>;
}

/** config.md#root. A relative path starts at the bundle's folder. */
export interface Root {
  path: string;
  readonly?: boolean;
}

/** config.md#mounts. A relative source starts at the bundle's folder. */
export interface Mount {
  destination: string;
  type?: string;
  source?: string;
  options?: string[];
}

/** config.md#process. Also what `crun exec --process` reads. */
export interface ProcessSpec {
  terminal?: boolean;
  consoleSize?: {height: number; width: number};
  user: User;
  args: string[];
  env: string[];
  cwd: string;
  capabilities?: ProcessCapabilities;
  rlimits?: Rlimit[];
  noNewPrivileges?: boolean;
  apparmorProfile?: string;
  selinuxLabel?: string;
  oomScoreAdj?: number;
}

/** config.md#posix-platform-user */
export interface User {
  uid: number;
  gid: number;
  umask?: number;
  additionalGids?: number[];
}

/** config.md#linux-process: names with `CAP_`. */
export interface ProcessCapabilities {
  bounding?: string[];
  effective?: string[];
  inheritable?: string[];
  permitted?: string[];
  ambient?: string[];
}

/** config.md#posix-process. `type` with `RLIMIT_`; 2^64-1 means no limit. */
export interface Rlimit {
  type: string;
  soft: Uint64;
  hard: Uint64;
}

/** config.md#posix-platform-hooks */
export interface Hooks {
  createRuntime?: Hook[];
  createContainer?: Hook[];
  startContainer?: Hook[];
  poststart?: Hook[];
  poststop?: Hook[];
}

export interface Hook {
  path: string;
  args?: string[];
  env?: string[];
  /** Seconds. */
  timeout?: number;
}

/** https://github.com/opencontainers/runtime-spec/blob/v1.2.1/config-linux.md */
export interface LinuxConfig {
  namespaces: Namespace[];
  uidMappings?: IdMapping[];
  gidMappings?: IdMapping[];
  devices?: Device[];
  cgroupsPath?: string;
  resources?: Resources;
  sysctl?: Record<string, string>;
  seccomp?: Seccomp;
  rootfsPropagation?: 'shared' | 'slave' | 'private' | 'unbindable';
  maskedPaths?: string[];
  readonlyPaths?: string[];
  mountLabel?: string;
}

/** config-linux.md#namespaces. Without a path a new one is made. */
export interface Namespace {
  type: NamespaceType;
  path?: string;
}

export type NamespaceType = 'pid' | 'network' | 'mount' | 'ipc' | 'uts' | 'user' | 'cgroup' | 'time';

/** config-linux.md#user-namespace-mappings */
export interface IdMapping {
  containerID: number;
  hostID: number;
  size: number;
}

/** config-linux.md#devices: a device file to make. `fileMode` is the permission bits as a decimal number in JSON. */
export interface Device {
  type: 'c' | 'b' | 'u' | 'p';
  path: string;
  major?: number;
  minor?: number;
  fileMode?: number;
  uid?: number;
  gid?: number;
}

/** config-linux.md#control-groups */
export interface Resources {
  devices?: DeviceRule[];
  memory?: MemoryResources;
  cpu?: CpuResources;
  pids?: {limit: number};
  blockIO?: BlockIoResources;
  hugepageLimits?: {pageSize: string; limit: Uint64}[];
  /** Files of the cgroup v2 hierarchy and what to write to them. */
  unified?: Record<string, string>;
}

/** config-linux.md#allowed-device-list. Without a number every number is meant. */
export interface DeviceRule {
  allow: boolean;
  type?: 'a' | 'c' | 'b';
  major?: number;
  minor?: number;
  /** Letters of `rwm`. */
  access?: string;
}

/** config-linux.md#memory: bytes, -1 for no limit. `swap` is memory and swap together. */
export interface MemoryResources {
  limit?: number;
  reservation?: number;
  swap?: number;
  swappiness?: number;
  disableOOMKiller?: boolean;
}

/** config-linux.md#cpu: times in microseconds. */
export interface CpuResources {
  shares?: number;
  quota?: number;
  period?: number;
  realtimePeriod?: number;
  realtimeRuntime?: number;
  cpus?: string;
  mems?: string;
}

/** config-linux.md#block-io: weights from 10 to 1000, rates in bytes or operations a second. */
export interface BlockIoResources {
  weight?: number;
  weightDevice?: {major: number; minor: number; weight: number}[];
  throttleReadBpsDevice?: ThrottledDevice[];
  throttleWriteBpsDevice?: ThrottledDevice[];
  throttleReadIOPSDevice?: ThrottledDevice[];
  throttleWriteIOPSDevice?: ThrottledDevice[];
}

export interface ThrottledDevice {
  major: number;
  minor: number;
  rate: number;
}

/** config-linux.md#seccomp */
export interface Seccomp {
  defaultAction: SeccompAction;
  defaultErrnoRet?: number;
  /** `SCMP_ARCH_…`; empty or absent: the architecture of the runtime alone. */
  architectures?: string[];
  flags?: string[];
  listenerPath?: string;
  listenerMetadata?: string;
  syscalls?: SeccompRule[];
}

export type SeccompAction =
  | 'SCMP_ACT_KILL'
  | 'SCMP_ACT_KILL_PROCESS'
  | 'SCMP_ACT_KILL_THREAD'
  | 'SCMP_ACT_TRAP'
  | 'SCMP_ACT_ERRNO'
  | 'SCMP_ACT_TRACE'
  | 'SCMP_ACT_ALLOW'
  | 'SCMP_ACT_LOG'
  | 'SCMP_ACT_NOTIFY';

/** One rule: every argument must match. `errnoRet` belongs to ERRNO and TRACE; EPERM when absent. */
export interface SeccompRule {
  names: string[];
  action: SeccompAction;
  errnoRet?: number;
  args?: SeccompArgument[];
}

/** `valueTwo` is the value compared after masking with `value`, for SCMP_CMP_MASKED_EQ alone. */
export interface SeccompArgument {
  index: number;
  value: Uint64;
  valueTwo?: Uint64;
  op: SeccompOperator;
}

export type SeccompOperator =
  | 'SCMP_CMP_NE'
  | 'SCMP_CMP_LT'
  | 'SCMP_CMP_LE'
  | 'SCMP_CMP_EQ'
  | 'SCMP_CMP_GE'
  | 'SCMP_CMP_GT'
  | 'SCMP_CMP_MASKED_EQ';
