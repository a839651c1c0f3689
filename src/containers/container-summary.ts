// What `ps` tells of a container.
import type {NetworkChoice} from '../../bundles/network-options.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {NetworkOverview} from './container-context.ts';
import type {HealthStatus} from './health/health-state.ts';
import {type ContainerPort, containerPorts} from './inspect/network-settings.ts';

/** Docker's words. */
export type ShownStatus = 'created' | 'running' | 'paused' | 'restarting' | 'exited' | 'removing';

export interface ContainerSummary {
  id: string;
  name: string;
  /** As the person named it. */
  image: string;
  imageId: string;
  command: readonly string[];
  createdAt: Date;
  status: ShownStatus;
  startedAt?: Date;
  finishedAt?: Date;
  exitCode?: number;
  /** PID 1 of the container as the host sees it, while it runs. */
  pid?: number;
  labels: Record<string, string>;
  /** Names of volumes and host paths. */
  mounts: string[];
  networks: string[];
  /** Published and exposed ports; none while it does not run. */
  ports: ContainerPort[];
  autoRemove: boolean;
  /** Of its last run too; absent for a container without a health check, or one that was never started. */
  health?: HealthStatus;
  /** Only when asked for. */
  sizes?: ContainerSizes;
}

export interface ContainerSizes {
  /** What the container has written. */
  writtenBytes: number;
  /** That and its image. */
  totalBytes: number;
}

/** `overview` is what the container has of networks, if it has anything. */
export function summarize(
  record: ContainerRecord,
  {
    overview,
    isPaused,
    health,
    sizes,
  }: {
    overview: NetworkOverview | undefined;
    isPaused: boolean;
    health?: HealthStatus | undefined;
    sizes?: ContainerSizes | undefined;
  },
): ContainerSummary {
  const {options} = record;
  const binds = options.mounts.flatMap((mount) => (mount.type === 'bind' ? [mount.source] : []));
  return {
    id: record.id,
    name: record.name,
    image: record.image,
    imageId: record.imageId,
    command: record.command,
    createdAt: record.createdAt,
    status: isPaused ? 'paused' : shownStatus(record),
    ...(record.startedAt && {startedAt: record.startedAt}),
    ...(record.finishedAt && {finishedAt: record.finishedAt}),
    ...(record.exitCode !== undefined && {exitCode: record.exitCode}),
    ...(record.process && {pid: record.process.pid}),
    labels: labelsOf(record),
    mounts: [...record.volumes.map((volume) => volume.name), ...binds],
    networks: networkNames(options.network, overview),
    ports: containerPorts(record, overview?.ports ?? []),
    autoRemove: options.autoRemove,
    ...(health && {health}),
    ...(sizes && {sizes}),
  };
}

// As Docker's filter and column name them.
function networkNames({kind}: NetworkChoice, overview: NetworkOverview | undefined): string[] {
  return kind === 'none' || kind === 'host' ? [kind] : (overview?.networks ?? []);
}

/** A container on its way to a status shows the one it comes from; a paused one shows as running. */
export function shownStatus(record: ContainerRecord): ShownStatus {
  switch (record.status) {
    case 'creating':
      return 'created';
    case 'starting':
      if (record.restartDelayMs > 0) return 'restarting';
      return record.finishedAt ? 'exited' : 'created';
    default:
      return record.status;
  }
}

/** The image's labels, with the container's own over them. */
export function labelsOf(record: ContainerRecord): Record<string, string> {
  return {...record.imageConfig.Labels, ...record.options.labels};
}
