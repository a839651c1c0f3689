// What is kept of a container: what it was made with, and what its lifecycle moves. Types only.
import type {ContainerOptions} from '../../bundles/container-options.ts';
import type {ImageRuntimeConfig} from '../oci/image-spec.ts';
import type {ProcessIdentity} from '../system/process-identity.ts';
import type {ContainerStatus} from './container-status.ts';

/** A named or anonymous volume that the container mounts. */
export interface VolumeUse {
  name: string;
  target: string;
  readOnly: boolean;
  anonymous: boolean;
  /** The part of the volume that is mounted, as a relative path. Absent: all of it. */
  subpath?: string;
}

export interface ContainerRecord {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  /** The image as the person named it. */
  readonly image: string;
  /** Digest of the image's configuration. */
  readonly imageId: string;
  readonly manifestDigest: string;
  /** Layers, lowest first. */
  readonly chainIds: readonly string[];
  /** What the image asks of a container (Env, User, StopSignal …): kept, because the image may go first. */
  readonly imageConfig: ImageRuntimeConfig;
  /** What PID 1 executes: entry point and arguments. */
  readonly command: readonly string[];
  readonly options: ContainerOptions;
  readonly volumes: readonly VolumeUse[];
  readonly status: ContainerStatus;
  /** The container's PID 1 as the host sees it, while it was last known to run. */
  readonly process: ProcessIdentity | undefined;
  readonly conmon: ProcessIdentity | undefined;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
  readonly exitCode: number | undefined;
  readonly oomKilled: boolean;
  /** Why the last start failed. */
  readonly error: string | undefined;
  /** A removal that has begun takes the anonymous volumes too. */
  readonly removeVolumes: boolean;
  /** How often its restart policy has started it since a person did. */
  readonly restartCount: number;
  /** The last pause before such a start. 0: there was none since a person started it. */
  readonly restartDelayMs: number;
  /** When it is to be started again; only in status 'restarting'. */
  readonly restartAt: Date | undefined;
  /** Who has asked it to end since it was last started: then its restart policy does not act on its end. */
  readonly stoppedBy: StoppedBy | undefined;
}

/** `system`: the machine went down, or all containers were stopped for another reason of the host's. */
export type StoppedBy = 'person' | 'system';

/** The part of a record that the lifecycle changes. */
export type ContainerChange = Partial<
  Pick<
    ContainerRecord,
    | 'process'
    | 'conmon'
    | 'startedAt'
    | 'finishedAt'
    | 'exitCode'
    | 'oomKilled'
    | 'error'
    | 'removeVolumes'
    | 'restartCount'
    | 'restartDelayMs'
    | 'restartAt'
    | 'stoppedBy'
  >
>;

export type NewContainer = Pick<
  ContainerRecord,
  | 'id'
  | 'name'
  | 'createdAt'
  | 'image'
  | 'imageId'
  | 'manifestDigest'
  | 'chainIds'
  | 'imageConfig'
  | 'command'
  | 'options'
  | 'volumes'
>;
