// What the lifecycle of containers needs of the rest of the engine, as plain values and functions: storage and
// volumes are siblings that this folder does not import.
import type {NetworkNamespace} from '../../bundles/bundle-input.ts';
import type {NetworkChoice, TransportProtocol} from '../../bundles/network-options.ts';
import type {IpAddress} from '../addresses/ip-address.ts';
import type {MacAddress} from '../addresses/mac-address.ts';
import type {Config} from '../config/config.ts';
import type {EngineError} from '../errors.ts';
import type {EventListener} from '../events.ts';
import type {Crun} from '../runtime/crun.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {ContainerRecords} from '../state/container-records.ts';
import type {EngineRoots} from './container-paths.ts';
import type {SeccompFilterCache} from './seccomp-filter-cache.ts';

export interface ContainerContext {
  readonly roots: EngineRoots;
  readonly config: Config;
  readonly records: ContainerRecords;
  readonly crun: Crun;
  readonly rootfs: RootfsDriver;
  readonly volumes: VolumeDriver;
  readonly network: NetworkDriver;
  readonly seccompFilters: SeccompFilterCache;
  /** Called after an event's record is written. Never throws. */
  readonly tell: EventListener;
  /** The program and first arguments that run `crundle`, for conmon to call when a container ends. */
  readonly program: readonly string[];
}

/** How a container gets its root filesystem. `folder` is the container's own folder; all calls are idempotent. */
export interface RootfsDriver {
  /** `sizeBytes`: how much the container may write. Throws EngineError 'not-supported' where that cannot be kept. */
  prepare(folder: string, options: {sizeBytes: number | undefined}): void;
  /** Throws EngineError 'layer-damaged' when a layer of the image is known to be damaged: nothing is to start on it. */
  refuseDamaged(of: {image: string; chainIds: readonly string[]}): void;
  /** Returns the path of the mounted root filesystem. */
  mount(folder: string, chainIds: readonly string[]): string;
  /** The shared memory too. */
  unmount(folder: string): void;
  remove(folder: string): void;
  /** Mounts the /dev/shm of a container that others may join, and returns its path. Idempotent. */
  mountSharedMemory(folder: string, sizeBytes: number): string;
  /** Where that is, mounted or not. */
  sharedMemoryPath(folder: string): string;
  /** How much the container has written. */
  writtenBytes(folder: string): Promise<number>;
  /** A text file of a root filesystem, links resolved inside it; undefined when it is not there. */
  readFile(rootfs: string, path: string): string | undefined;
  /** Looks at a program in a root filesystem: can it run on this machine? Throws the errors of system calls. */
  check(
    rootfs: string,
    program: {command: string; env: readonly string[]; workingDir: string},
  ): ProgramReport;
  /** A descriptor of a file or folder in a root filesystem; undefined when it is not there. The caller closes it. */
  open(rootfs: string, path: string): number | undefined;
}

export interface ProgramReport {
  /** Why it surely cannot: 'command-not-executable', 'command-not-found'. */
  refusal: EngineError | undefined;
  /** What may keep it from running. */
  warnings: string[];
}

/** Named and anonymous volumes. */
export interface VolumeDriver {
  /** Makes the volume if it is not there. */
  create(
    name: string,
    options: {anonymous: boolean; durable: boolean; labels?: Record<string, string>},
  ): Promise<unknown>;
  /** The folder that is mounted. */
  pathOf(name: string): string;
  /** True while the volume holds nothing. */
  isEmpty(name: string): Promise<boolean>;
  /** Copies what the image has at the mount point into the empty volume. `source` is a folder. */
  fill(name: string, source: string, options: {durable: boolean}): Promise<void>;
  /** Takes the volume's name from it; what is returned removes its files. */
  setAside(name: string): (() => Promise<void>) | undefined;
}

/** The networks of containers. All but `attach` are idempotent. The caller holds the container's lock. */
export interface NetworkDriver {
  /** Records what a new container is to be connected to. Throws EngineError 'network-not-found', 'invalid-option'. */
  attach(containerId: string, choice: NetworkChoice): Promise<void>;
  /** What the host's firewall keeps from containers of these networks; said when the first of a boot is made. */
  warnings(choice: NetworkChoice): Promise<string[]>;
  /** Gives a container that is about to start its network, or the one that a restart has kept. */
  setUp(container: ContainerRecord): Promise<ContainerNetworking>;
  /** Gives everything back. Goes on past failures and throws them together. */
  tearDown(containerId: string): Promise<void>;
  /** Forgets what `attach` has recorded. */
  detach(containerId: string): void;
  /** Tells that a run of the container begins or ends on each of its networks. */
  tellRun(containerId: string, action: 'connect' | 'disconnect'): void;
  /** Tells the container's networks that its record has another name. */
  renamed(containerId: string): Promise<void>;
  /** What a container has now, and what it is to have at its next start. */
  facts(containerId: string): ContainerNetworkFacts;
  /** In brief, of every container that is attached to a network or holds a port of the host; by container id. */
  overview(): Map<string, NetworkOverview>;
  /** The containers that hold addresses now. */
  holders(): string[];
  /** Makes again what containers use and the host has lost, such as a bridge. Costs little when all is there. */
  heal(): Promise<void>;
}

/** Where a container's processes are, network-wise, and what its files in /etc have to say of it. */
export interface ContainerNetworking {
  namespace: NetworkNamespace;
  /** For config.json: they hold in the namespace, which the runtime joins before it sets them. */
  sysctls: Record<string, string>;
  /** In the order of the interfaces, for /etc/hosts. */
  addresses: readonly IpAddress[];
  /** Text of the container's /etc/resolv.conf. */
  resolvConf: string;
  /** The id of a container whose namespace this one shares, and with it the files in /etc that tell of it. */
  sharedWith?: string;
}

export interface ContainerNetworkFacts {
  /** Path of the container's pinned namespace, while it is there. */
  namespacePath?: string;
  /** By position. */
  endpoints: EndpointFacts[];
  /** By container port. Empty while the container does not run. */
  ports: PublishedPortFacts[];
}

/** One interface of a container. `ipv4`, `ipv6` and `mac` are those it holds: absent while it does not run. */
export interface EndpointFacts {
  endpointId: string;
  networkId: string;
  networkName: string;
  ipv4?: InterfaceAddress;
  ipv6?: InterfaceAddress;
  mac?: MacAddress;
  wanted: {ipv4?: IpAddress; ipv6?: IpAddress; mac?: MacAddress};
  aliases: readonly string[];
  /** Every name that others on the network can use. Empty on the default network, which has no names. */
  dnsNames: readonly string[];
  linkLocal: readonly IpAddress[];
  driverOptions: Record<string, string>;
  gatewayPriority: number;
}

export interface InterfaceAddress {
  address: IpAddress;
  prefix: number;
  /** Absent on a network without one. */
  gateway?: IpAddress;
}

export interface PublishedPortFacts {
  protocol: TransportProtocol;
  hostIp: IpAddress;
  hostPort: number;
  containerPort: number;
}

export interface NetworkOverview {
  /** Names of networks, by position. */
  networks: string[];
  ports: PublishedPortFacts[];
}
