// What the lifecycle of containers needs of the rest of the engine, as plain values and functions: storage and
// volumes are siblings that this folder does not import.
import type {Config} from '../config/config.ts';
import type {Crun} from '../runtime/crun.ts';
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
  readonly seccompFilters: SeccompFilterCache;
  /** The program and first arguments that run `crundle`, for conmon to call when a container ends. */
  readonly program: readonly string[];
}

/** How a container gets its root filesystem. `folder` is the container's own folder; all calls are idempotent. */
export interface RootfsDriver {
  prepare(folder: string): void;
  /** Returns the path of the mounted root filesystem. */
  mount(folder: string, chainIds: readonly string[]): string;
  unmount(folder: string): void;
  remove(folder: string): void;
  /** A text file of a root filesystem, links resolved inside it; undefined when it is not there. */
  readFile(rootfs: string, path: string): string | undefined;
  /** A descriptor of a file or folder in a root filesystem; undefined when it is not there. The caller closes it. */
  open(rootfs: string, path: string): number | undefined;
}

/** Named and anonymous volumes. */
export interface VolumeDriver {
  /** Makes the volume if it is not there. */
  create(name: string, options: {anonymous: boolean; durable: boolean}): Promise<unknown>;
  /** The folder that is mounted. */
  pathOf(name: string): string;
  /** True while the volume holds nothing. */
  isEmpty(name: string): Promise<boolean>;
  /** Copies what the image has at the mount point into the empty volume. `source` is a folder. */
  fill(name: string, source: string, options: {durable: boolean}): Promise<void>;
  remove(name: string): Promise<unknown>;
}
