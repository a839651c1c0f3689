// What `inspect` tells of a container, in the field names and types of Docker's API, so that scripts carry over.
// https://docs.docker.com/reference/api/engine/version/v1.48/#tag/Container/operation/ContainerInspect
import {chooseApparmor} from '../../../bundles/apparmor.ts';
import {mergeEnv} from '../../../bundles/container-env.ts';
import {healthcheckOf} from '../../../bundles/healthcheck.ts';
import type {ContainerRecord} from '../../state/container-record.ts';
import {readApparmorFacts} from '../../system/apparmor.ts';
import type {ContainerContext} from '../container-context.ts';
import {hasLogFile} from '../container-log-target.ts';
import {containerPaths} from '../container-paths.ts';
import {labelsOf, shownStatus} from '../container-summary.ts';
import {healthOf} from '../health/health-checks.ts';
import {mountPoints} from '../mounts/mount-points.ts';
import {isPaused} from '../pause-state.ts';
import {hostConfig} from './host-config.ts';
import {exposedPortMap, networkSettings} from './network-settings.ts';

/** Docker's time that means "never". */
const zeroTime = '0001-01-01T00:00:00Z';

export type ContainerInspect = ReturnType<typeof inspectContainer> & {
  /** Only when asked for. */
  SizeRw?: number;
  SizeRootFs?: number;
};

export function inspectContainer(context: ContainerContext, record: ContainerRecord) {
  const {options, imageConfig} = record;
  const paths = containerPaths(context.roots, record.id);
  const paused = isPaused(context, record);
  const status = shownStatus(record);
  const health = healthOf(context, record);
  const healthcheck = healthcheckOf(record);
  // They are written by the first start.
  const hasFiles = record.startedAt !== undefined;
  const [path = '', ...args] = record.command;
  return {
    Id: record.id,
    Created: record.createdAt.toISOString(),
    Path: path,
    Args: args,
    State: withNil('Health', {
      Status: paused ? 'paused' : status,
      // As Docker says it: one that waits for its restart counts as running.
      Running: status === 'running' || status === 'restarting',
      Paused: paused,
      Restarting: status === 'restarting',
      OOMKilled: record.oomKilled,
      Dead: false,
      Pid: status === 'running' ? (record.process?.pid ?? 0) : 0,
      ExitCode: record.exitCode ?? 0,
      Error: record.error ?? '',
      StartedAt: record.startedAt?.toISOString() ?? zeroTime,
      FinishedAt: record.finishedAt?.toISOString() ?? zeroTime,
      ...(health && {Health: health}),
    }),
    Image: record.imageId,
    ResolvConfPath: hasFiles ? paths.resolvConfFile : '',
    HostnamePath: hasFiles ? paths.hostnameFile : '',
    HostsPath: hasFiles ? paths.hostsFile : '',
    LogPath: hasFiles && hasLogFile(options) ? paths.logFile : '',
    Name: `/${record.name}`,
    RestartCount: record.restartCount,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: chooseApparmor(options, readApparmorFacts()) ?? '',
    ExecIDs: null,
    HostConfig: hostConfig(context, record),
    GraphDriver: {
      Name: 'overlay2',
      Data: {
        MergedDir: `${paths.folder}/rootfs`,
        UpperDir: `${paths.folder}/upper`,
        WorkDir: `${paths.folder}/work`,
      },
    },
    Mounts: mountPoints(context, record),
    Config: withNil('Healthcheck', {
      Hostname: options.hostname ?? record.id.slice(0, 12),
      Domainname: options.domainname ?? '',
      User: options.user ?? imageConfig.User ?? '',
      AttachStdin: options.stdinOnce,
      AttachStdout: options.attached?.includes('stdout') ?? true,
      AttachStderr: options.attached?.includes('stderr') ?? true,
      ExposedPorts: exposedPortMap(record),
      Tty: options.tty,
      OpenStdin: options.openStdin,
      StdinOnce: options.stdinOnce,
      Env: mergeEnv(imageConfig.Env ?? [], options.env),
      Cmd: options.command.length > 0 ? options.command : (imageConfig.Cmd ?? null),
      ...(healthcheck && {Healthcheck: healthcheck}),
      Image: record.image,
      Volumes: anonymousVolumes(record),
      WorkingDir: options.workingDir ?? imageConfig.WorkingDir ?? '',
      Entrypoint: options.entrypoint ?? imageConfig.Entrypoint ?? null,
      OnBuild: imageConfig.OnBuild ?? null,
      Labels: labelsOf(record),
      StopSignal: options.stopSignal ?? imageConfig.StopSignal ?? 'SIGTERM',
      ...(options.stopTimeoutSeconds === undefined ? {} : {StopTimeout: options.stopTimeoutSeconds}),
    }),
    NetworkSettings: networkSettings(record, context.network.facts(record.id)),
  };
}

// What Docker leaves out of the document while a template finds a nil: `{{if .State.Health}}` is how scripts ask for it.
function withNil<T extends object>(name: string, value: T): T {
  return Object.hasOwn(value, name)
    ? value
    : Object.defineProperty(value, name, {value: null, enumerable: false});
}

/** Of the image and of `-v TARGET`. */
export function anonymousVolumes({imageConfig, options}: ContainerRecord): Record<string, object> | null {
  const asked = options.mounts.flatMap((mount) =>
    mount.type === 'volume' && mount.origin === undefined && mount.name === undefined
      ? [[mount.target, {}] as const]
      : [],
  );
  if (!imageConfig.Volumes && asked.length === 0) return null;
  return {...imageConfig.Volumes, ...Object.fromEntries(asked)};
}
