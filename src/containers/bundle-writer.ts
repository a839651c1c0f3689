// Writes a container's bundle: config.json and the three files of /etc that the engine owns. Looks up what the pure
// builders in bundles/ need to be told: users in the image's own files, folders of volumes, facts of the host.
import {writeFile} from 'node:fs/promises';
import type {BundleInput, EtcFilePaths} from '../../bundles/bundle-input.ts';
import type {ContainerOptions, SecurityOptions} from '../../bundles/container-options.ts';
import {type ContainerUser, resolveUser} from '../../bundles/container-user.ts';
import {hostnameFile} from '../../bundles/etc-files.ts';
import type {HostFacts} from '../../bundles/host-facts.ts';
import {containerHostname} from '../../bundles/namespaces.ts';
import {buildRuntimeConfig} from '../../bundles/runtime-config.ts';
import {formatRuntimeJson} from '../oci/runtime-config-json.ts';
import type {RuntimeConfig} from '../oci/runtime-spec.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {readHostFacts} from '../system/host-facts.ts';
import {findInitProgram} from '../system/init-program.ts';
import {readOptionalFile} from '../system/optional-file.ts';
import {containerCgroup} from './container-cgroup.ts';
import type {ContainerContext, ContainerNetworking} from './container-context.ts';
import {containerPaths} from './container-paths.ts';
import {containerHostsFile} from './hosts-file.ts';
import {joinNamespaces} from './joined-containers.ts';
import {limitedDevices, resolveDevices} from './mounts/host-device.ts';
import {resolveMounts} from './mounts/mount-sources.ts';
import {loadSeccompProfile} from './seccomp-profile-file.ts';

/**
 * Writes everything that `crun create` reads, anew at each start, because the host may have changed. Returns
 * the config. Throws
 * EngineError 'user-not-found', 'invalid-option' (a bind source that is no path, or is missing), 'invalid-config' (seccomp profile).
 */
export async function writeBundle(
  context: ContainerContext,
  record: ContainerRecord,
  rootfs: string,
  {networking, makesSources}: {networking: ContainerNetworking; makesSources: boolean},
): Promise<RuntimeConfig> {
  const paths = containerPaths(context.roots, record.id);
  const host = readHostFacts();
  const files = etcFilesOf(context, record, networking);
  const hostname = hostnameOf(context, record, {networking, host});
  const initPath = findInitProgram();
  const written = await runtimeConfigOf(context, record, {
    host,
    hostname,
    rootfs,
    rootfsPath: rootfs,
    files,
    mounts: await resolveMounts(context, record, {makesSources}),
    networking,
    ...joinNamespaces(context, record),
    ...sharedMemoryOf(context, record),
    cgroupsPath: containerCgroup(context.config, record).path,
    ...(initPath !== undefined && {initPath}),
  });
  const config = context.seccompFilters.addTo(written);
  await Promise.all([
    writeFile(paths.configFile, formatRuntimeJson(config), {mode: 0o600}),
    networking.sharedWith === undefined && writeEtcFiles(context, record, files, {hostname, networking}),
  ]);
  return config;
}

/** What one bundle has of the host, beside what its container asks for. */
export interface BundlePlace
  extends Pick<
    BundleInput,
    'host' | 'rootfsPath' | 'files' | 'mounts' | 'joined' | 'sharedMemoryPath' | 'cgroupsPath' | 'initPath'
  > {
  hostname: string;
  /** The root filesystem as it can be read now: users are looked up in it. */
  rootfs: string;
  networking: ContainerNetworking;
}

/** The config.json of a container, wherever its bundle is to lie. Throws EngineError as writeBundle, and writes nothing. */
export async function runtimeConfigOf(
  context: ContainerContext,
  record: Pick<ContainerRecord, 'id' | 'options' | 'imageConfig'>,
  {hostname, rootfs, networking, ...place}: BundlePlace,
): Promise<RuntimeConfig> {
  const {options, imageConfig} = record;
  const seccompProfile = await loadSeccompProfile(context.config.seccompProfile);
  return buildRuntimeConfig({
    ...place,
    id: record.id,
    options: {...options, hostname, security: securityOf(context, options)},
    image: {
      architecture: place.host.architecture,
      os: 'linux',
      config: imageConfig,
      rootfs: {type: 'layers', diff_ids: []},
    },
    user: lookUpUser(context, rootfs, {
      user: options.user ?? imageConfig.User ?? '',
      groupAdd: options.groupAdd,
    }),
    defaults: {
      ulimits: context.config.defaultUlimits,
      noNewPrivileges: context.config.noNewPrivileges,
      init: context.config.init,
      shmSizeBytes: context.config.shmSizeBytes,
      ...(seccompProfile && {seccompProfile}),
    },
    network: networking.namespace,
    sysctls: networking.sysctls,
    devices: resolveDevices(options.devices ?? []),
    blockDevices: limitedDevices(options.resources),
  });
}

function sharedMemoryOf(
  {rootfs, roots, config}: ContainerContext,
  {id, options}: ContainerRecord,
): {sharedMemoryPath?: string} {
  if (options.ipc?.kind !== 'shareable') return {};
  const {folder} = containerPaths(roots, id);
  const size = options.shmSizeBytes ?? config.shmSizeBytes;
  return {sharedMemoryPath: rootfs.mountSharedMemory(folder, size)};
}

// Who shares a network shares what tells of it, the very files, as under Docker.
function etcFilesOf(
  {roots}: ContainerContext,
  {id}: ContainerRecord,
  {sharedWith = id}: ContainerNetworking,
): EtcFilePaths {
  const {
    hostsFile: hosts,
    hostnameFile: hostname,
    resolvConfFile: resolvConf,
  } = containerPaths(roots, sharedWith);
  return {hosts, hostname, resolvConf};
}

function hostnameOf(
  {roots}: ContainerContext,
  {id, options}: ContainerRecord,
  {networking: {sharedWith}, host}: {networking: ContainerNetworking; host: HostFacts},
): string {
  if (sharedWith !== undefined) {
    const shared = readOptionalFile(containerPaths(roots, sharedWith).hostnameFile)?.trim();
    if (shared) return shared;
  }
  return containerHostname({id, options, host});
}

async function writeEtcFiles(
  context: ContainerContext,
  record: ContainerRecord,
  files: EtcFilePaths,
  own: {hostname: string; networking: ContainerNetworking},
): Promise<void> {
  await Promise.all([
    writeFile(files.hostname, hostnameFile(own.hostname)),
    writeFile(files.hosts, containerHostsFile(context, record, own)),
    writeFile(files.resolvConf, own.networking.resolvConf),
  ]);
}

// The configuration can turn the filter off for containers that ask for none.
function securityOf(
  {config}: ContainerContext,
  {security}: Pick<ContainerOptions, 'security'>,
): SecurityOptions {
  const isOff = config.seccompProfile === 'unconfined' && security.seccomp.kind === 'default';
  return isOff ? {...security, seccomp: {kind: 'unconfined'}} : security;
}

/** Docker's meaning of `--user`, with the names in the image's own /etc/passwd and /etc/group. */
export function lookUpUser(
  context: ContainerContext,
  rootfs: string,
  {user, groupAdd = []}: {user: string; groupAdd: readonly string[] | undefined},
): ContainerUser {
  return resolveUser(user, {
    groupAdd,
    passwd: context.rootfs.readFile(rootfs, '/etc/passwd') ?? '',
    group: context.rootfs.readFile(rootfs, '/etc/group') ?? '',
  });
}
