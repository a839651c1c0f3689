// The values of a container's options, after their text was parsed: what `run` and `create` are asked for. Plain
// data, stored with the container as JSON, so a field once written keeps its name and meaning.

import type {ImageHealthcheck} from '../src/oci/image-spec.ts';
import type {DeviceOption, DeviceRuleOption} from './device-options.ts';
import type {HealthAction} from './healthcheck.ts';
import type {LogChoice} from './log-choice.ts';
import type {MountOption} from './mount-options.ts';
import type {IpcChoice, PidChoice} from './namespace-options.ts';
import {
  defaultNetworkChoice,
  type ExposedPort,
  type NetworkChoice,
  type PortMapping,
} from './network-options.ts';
import type {ExtraHost} from './options/extra-host.ts';
import type {StandardStream} from './options/stream.ts';
import type {ResourceOptions} from './resource-options.ts';

/** Options of one container. Absent means: the image's value, then the configuration's, then Docker's default. */
export interface ContainerOptions {
  /** Arguments after the image; they replace the image's CMD. Empty: the image's CMD. */
  command: string[];
  /** Replaces the image's ENTRYPOINT, and drops its CMD. An empty list means no entry point at all. */
  entrypoint?: string[];
  /** `NAME=value`, later ones win. A bare `NAME` removes the image's variable. */
  env: string[];
  workingDir?: string;
  /** `user`, `user:group`, `uid`, `uid:gid`; names are looked up in the image's own files. */
  user?: string;
  /** Names or numbers of groups beside the user's own. */
  groupAdd?: string[];
  hostname?: string;
  /** NIS domain name. */
  domainname?: string;
  labels: Record<string, string>;
  /** Passed on to the runtime. */
  annotations?: Record<string, string>;
  mounts: MountOption[];
  /** Containers whose mounts this one gets too, as in `data:ro`: ids once the container is made. */
  volumesFrom?: string[];
  devices?: DeviceOption[];
  deviceRules?: DeviceRuleOption[];
  readOnlyRootfs: boolean;
  /** How much it may write into its root filesystem. Absent: what the disk holds. */
  rootfsSizeBytes?: number;
  /** Names without `CAP_`, upper case, or `ALL`. */
  capAdd: string[];
  capDrop: string[];
  privileged: boolean;
  security: SecurityOptions;
  resources: ResourceOptions;
  ulimits: Ulimit[];
  /** -1000 to 1000: how readily the kernel ends the container when the host is out of memory. */
  oomScoreAdj?: number;
  /** Size of /dev/shm. Absent: the configuration's. */
  shmSizeBytes?: number;
  /** An absolute cgroup path, or a slice of systemd's. Absent: the configuration's. */
  cgroupParent?: string;
  /** Absent: the host's on cgroup v1, the container's own on v2. */
  cgroupNamespace?: 'host' | 'private';
  /** Runs an init as PID 1 that forwards signals and reaps. Absent: the configuration decides. */
  init?: boolean;
  ipc?: IpcChoice;
  pid?: PidChoice;
  uts?: 'host';
  /** Says what is so anyway: the users are the host's. */
  userns?: 'host';
  /** Kernel parameters of the container's own namespaces. */
  sysctls?: Record<string, string>;
  network: NetworkChoice;
  /** Lines of /etc/hosts. */
  extraHosts?: ExtraHost[];
  /** What is not empty replaces the configuration's. */
  dns?: DnsChoice;
  /** Ports that are published on the host. */
  ports: PortMapping[];
  /** Ports named by --expose, beside the image's. */
  exposed: ExposedPort[];
  /** Publish every exposed port, the image's too, on a free port of the host (-P). */
  publishAll: boolean;
  /** Signal name with SIG, such as `SIGTERM`. */
  stopSignal?: string;
  stopTimeoutSeconds?: number;
  tty: boolean;
  openStdin: boolean;
  /** Close standard input when the first attached client leaves: `run -i` without `-d`. */
  stdinOnce: boolean;
  autoRemove: boolean;
  /** The streams that whoever ran the container has attached to. Absent: output, and input as `stdinOnce` says. */
  attached?: StandardStream[];
  log?: LogChoice;
  /** The file that the id was written to, for `inspect`. */
  idFile?: string;
  /** Absent: `no`, a container that has ended stays so. */
  restartPolicy?: RestartPolicy;
  /** What is left out of it is the image's. A test of `NONE` alone: no check, whatever the image says. */
  healthcheck?: ImageHealthcheck;
  /** Absent: nothing is done with a container that becomes unhealthy. */
  healthOnFailure?: HealthAction;
}

/** What is to happen when the container has ended by itself, and at boot. */
export interface RestartPolicy {
  name: 'always' | 'unless-stopped' | 'on-failure';
  /** Of `on-failure`: how often it is started again. 0: without limit. */
  maximumRetryCount: number;
}

export interface DnsChoice {
  servers: string[];
  search: string[];
  options: string[];
}

export interface SecurityOptions {
  /** Absent: the configuration decides. */
  noNewPrivileges?: boolean;
  seccomp: SeccompChoice;
  /** AppArmor profile name. */
  apparmor?: string;
  /** `systempaths=unconfined`: nothing under /proc and /sys is masked or read-only. */
  unconfinedSystemPaths: boolean;
  /** /sys/fs/cgroup can be written to. Absent: as privileged says. */
  writableCgroups?: boolean;
}

/** `builtin` is the engine's own profile, whatever the configuration names as the default. */
export type SeccompChoice =
  | {kind: 'default'}
  | {kind: 'builtin'}
  | {kind: 'unconfined'}
  | {kind: 'profile'; json: string};

/** A resource limit by its setrlimit name without RLIMIT_, lower case, such as `nofile`. -1 means unlimited. */
export interface Ulimit {
  name: string;
  soft: number;
  hard: number;
}

/** A container that asks for nothing: Docker's defaults for every option that must have a value. */
export function defaultContainerOptions(): ContainerOptions {
  return {
    command: [],
    env: [],
    labels: {},
    mounts: [],
    readOnlyRootfs: false,
    capAdd: [],
    capDrop: [],
    privileged: false,
    security: {seccomp: {kind: 'default'}, unconfinedSystemPaths: false},
    resources: {},
    ulimits: [],
    network: defaultNetworkChoice(),
    ports: [],
    exposed: [],
    publishAll: false,
    tty: false,
    openStdin: false,
    stdinOnce: false,
    autoRemove: false,
  };
}
