// `HostConfig` of `inspect`: what a container was asked to be, in Docker's field names and types.
import type {MountOption} from '../../../bundles/mount-options.ts';
import {namespaceMode} from '../../../bundles/namespace-options.ts';
import {cgroupNamespace} from '../../../bundles/namespaces.ts';
import {maskedPaths, readOnlyPaths} from '../../../bundles/system-paths.ts';
import type {ContainerRecord} from '../../state/container-record.ts';
import {cgroupVersion, thermalThrottlePaths} from '../../system/host-facts.ts';
import type {ContainerContext} from '../container-context.ts';
import {hasLogFile, logLimits} from '../container-log-target.ts';
import {mountConfig} from './mount-config.ts';
import {networkMode, portBindings} from './network-settings.ts';
import {resourceConfig} from './resource-config.ts';

export function hostConfig(context: ContainerContext, record: ContainerRecord) {
  const {options} = record;
  return {
    Binds: orNull(options.mounts.flatMap(bindText)),
    ContainerIDFile: options.idFile ?? '',
    LogConfig: logConfig(context, record),
    NetworkMode: networkMode(options.network),
    PortBindings: portBindings(options.ports),
    RestartPolicy: restartPolicy(record),
    AutoRemove: options.autoRemove,
    // crundle's own, as the flag is.
    ...(options.healthOnFailure && {HealthOnFailure: options.healthOnFailure}),
    VolumeDriver: '',
    VolumesFrom: orNull(options.volumesFrom ?? []),
    CapAdd: orNull(options.capAdd),
    CapDrop: orNull(options.capDrop),
    CgroupnsMode: cgroupNamespace(options, {version: cgroupVersion()}),
    Dns: options.dns?.servers ?? context.config.dns,
    DnsOptions: options.dns?.options ?? context.config.dnsOptions,
    DnsSearch: options.dns?.search ?? context.config.dnsSearch,
    ExtraHosts: orNull((options.extraHosts ?? []).map(({name, address}) => `${name}:${address}`)),
    GroupAdd: orNull(options.groupAdd ?? []),
    IpcMode: options.ipc === undefined ? 'private' : namespaceMode(options.ipc),
    Cgroup: '',
    Links: null,
    OomScoreAdj: options.oomScoreAdj ?? 0,
    PidMode: options.pid === undefined ? '' : namespaceMode(options.pid),
    Privileged: options.privileged,
    PublishAllPorts: options.publishAll,
    ReadonlyRootfs: options.readOnlyRootfs,
    SecurityOpt: orNull(securityTexts(record)),
    Tmpfs: Object.fromEntries(
      options.mounts.flatMap((mount) =>
        mount.type === 'tmpfs' && mount.origin === undefined ? [[mount.target, mount.options.join(',')]] : [],
      ),
    ),
    UTSMode: options.uts ?? '',
    UsernsMode: options.userns ?? '',
    ShmSize: options.shmSizeBytes ?? context.config.shmSizeBytes,
    ...(options.rootfsSizeBytes !== undefined && {StorageOpt: {size: String(options.rootfsSizeBytes)}}),
    ...(options.sysctls && {Sysctls: options.sysctls}),
    ...(options.annotations && {Annotations: options.annotations}),
    Runtime: 'crun',
    Isolation: '',
    ConsoleSize: [0, 0],
    ...systemPaths(record),
    CgroupParent: options.cgroupParent ?? context.config.cgroupParent ?? '',
    ...resourceConfig(options.resources),
    ...mountConfig(options),
    Ulimits: options.ulimits.map(({name, soft, hard}) => ({Name: name, Soft: soft, Hard: hard})),
    Init: options.init ?? null,
  };
}

// Of a privileged container Docker has null, of `systempaths=unconfined` empty lists.
function systemPaths({options: {privileged, security}}: ContainerRecord) {
  if (privileged) return {MaskedPaths: null, ReadonlyPaths: null};
  if (security.unconfinedSystemPaths) return {MaskedPaths: [], ReadonlyPaths: []};
  return {
    MaskedPaths: maskedPaths({thermalThrottlePaths: thermalThrottlePaths()}),
    ReadonlyPaths: [...readOnlyPaths],
  };
}

// Docker shows what was given; what holds here is the configuration's under it.
function logConfig({config}: ContainerContext, {options}: ContainerRecord) {
  const {maxSizeBytes, maxFile} = logLimits(config, options);
  const limits = {'max-file': String(maxFile), 'max-size': String(maxSizeBytes)};
  return {
    Type: options.log?.driver ?? 'json-file',
    Config: {...(hasLogFile(options) ? limits : {}), ...options.log?.given},
  };
}

function bindText(mount: MountOption): string[] {
  if (mount.origin !== undefined || mount.type === 'tmpfs') return [];
  const source = mount.type === 'bind' ? mount.source : mount.name;
  return source === undefined ? [] : [`${source}:${mount.target}${mount.readOnly ? ':ro' : ''}`];
}

function securityTexts({options: {security}}: ContainerRecord): string[] {
  return [
    ...(security.noNewPrivileges ? ['no-new-privileges'] : []),
    ...(security.seccomp.kind === 'unconfined' ? ['seccomp=unconfined'] : []),
    ...(security.seccomp.kind === 'profile' ? [`seccomp=${security.seccomp.json}`] : []),
    ...(security.apparmor === undefined ? [] : [`apparmor=${security.apparmor}`]),
    ...(security.unconfinedSystemPaths ? ['systempaths=unconfined'] : []),
    ...(security.writableCgroups === undefined ? [] : [`writable-cgroups=${security.writableCgroups}`]),
  ];
}

function orNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}

function restartPolicy({options: {restartPolicy}}: ContainerRecord) {
  return {Name: restartPolicy?.name ?? 'no', MaximumRetryCount: restartPolicy?.maximumRetryCount ?? 0};
}
