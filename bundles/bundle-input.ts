// Everything that one container's config.json is made from.
import type {ImageConfig} from '../src/oci/image-spec.ts';
import type {ContainerOptions, Ulimit} from './container-options.ts';
import type {ContainerUser} from './container-user.ts';
import type {HostDevice, HostFacts} from './host-facts.ts';
import type {BindRecursion, MountPropagation} from './mount-options.ts';
import type {SeccompProfile} from './seccomp.ts';

export interface BundleInput {
  /** 64 lower-case hex digits. */
  id: string;
  options: ContainerOptions;
  image: ImageConfig;
  user: ContainerUser;
  host: HostFacts;
  defaults: BundleDefaults;
  /** Absolute, or relative to the bundle's folder. */
  rootfsPath: string;
  /** Absent: what they say is in the root filesystem itself. */
  files?: EtcFilePaths;
  /** Bind mounts and volumes with their folders on the host. The tmpfs mounts are taken from `options`. */
  mounts: ResolvedMount[];
  /** The device files that were asked for, by their paths in the container. */
  devices?: ResolvedDevice[];
  /** Numbers of the block devices that the limits name, by path. */
  blockDevices?: Record<string, DeviceNumbers>;
  /** The cgroup of the container: `/crundle/ID`. Absent: the runtime chooses. */
  cgroupsPath?: string;
  network: NetworkNamespace;
  /** Paths of the namespaces of another container that this one joins. */
  joined?: JoinedNamespaces;
  /** The folder on the host to bind at /dev/shm, where that is not the container's alone. */
  sharedMemoryPath?: string;
  /** Kernel parameters beside Docker's defaults, such as those of the container's links. */
  sysctls?: Record<string, string>;
  /** A static init program on the host, when there is one: needed with --init. */
  initPath?: string;
}

/** Where the container's processes are, network-wise. */
export type NetworkNamespace =
  /** One that the runtime makes, with nothing but `lo`. */
  | {kind: 'own'}
  | {kind: 'host'}
  /** One that is there: the container's pinned one, or another container's. */
  | {kind: 'path'; path: string};

export interface JoinedNamespaces {
  pid?: string;
  ipc?: string;
}

/** What the configuration, not the container, decides. */
export interface BundleDefaults {
  ulimits: Ulimit[];
  noNewPrivileges: boolean;
  init: boolean;
  shmSizeBytes: number;
  /** Replaces the built-in default profile: the distribution's, or the configured one. */
  seccompProfile?: SeccompProfile;
}

/** Docker's, which an empty configuration leaves as they are. */
export const dockerDefaults: BundleDefaults = {
  ulimits: [],
  noNewPrivileges: false,
  init: false,
  shmSizeBytes: 64 * 1024 * 1024,
};

/** Files on the host that are bound over the container's own. */
export interface EtcFilePaths {
  hosts: string;
  hostname: string;
  resolvConf: string;
}

export interface DeviceNumbers {
  major: number;
  minor: number;
}

export interface ResolvedMount {
  /** Absolute path on the host. */
  source: string;
  /** Absolute path in the container. */
  destination: string;
  readOnly: boolean;
  propagation: MountPropagation;
  /** Absent: 'enabled'. */
  recursion?: BindRecursion;
  /** The source is no folder, so that nothing can be mounted below it. */
  isFile?: boolean;
}

/** `path` is that in the container; `access` is letters of `rwm`. */
export interface ResolvedDevice extends HostDevice {
  access: string;
}
