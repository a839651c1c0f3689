// What a bundle is made of that crun runs with nothing of crundle: its config.json, and the files of /etc that the engine would
// bind over the image's. No record, no lock, no network is touched: the container is never crundle's.
import {resolveCommand} from '../../bundles/container-command.ts';
import type {ContainerOptions} from '../../bundles/container-options.ts';
import {hostnameFile} from '../../bundles/etc-files.ts';
import {containerHostname} from '../../bundles/namespaces.ts';
import {formatRuntimeJson} from '../oci/runtime-config-json.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {readHostFacts} from '../system/host-facts.ts';
import {runtimeConfigOf} from './bundle-writer.ts';
import type {ContainerContext} from './container-context.ts';
import type {ContainerImage} from './create-container.ts';
import {containerHostsFile} from './hosts-file.ts';
import {resolveMounts} from './mounts/mount-sources.ts';

export interface StandaloneBundle {
  /** Text of config.json; the root filesystem is `rootfs` beside it. */
  config: string;
  /** To be files of the root filesystem, by path. */
  files: Record<string, string>;
}

/** The name of the root filesystem in the bundle. */
export const rootfsFolder = 'rootfs';

/**
 * `rootfs` is where the image's files can be read. `id` is a new one: a host name is made of it where none was asked for.
 * Throws EngineError 'invalid-option' (a bind source that is not there), 'user-not-found', 'host-unsupported'.
 */
export async function describeStandalone(
  context: ContainerContext,
  {
    id,
    image,
    options: asked,
    rootfs,
  }: {id: string; image: ContainerImage; options: ContainerOptions; rootfs: string},
): Promise<StandaloneBundle> {
  const options = standaloneOptions(asked, image);
  const record = recordOf(id, image, options);
  const networking = await context.network.setUp(record);
  const host = hostWithoutCrundle(options);
  const hostname = containerHostname({id, options, host});
  const config = await runtimeConfigOf(context, record, {
    host,
    hostname,
    rootfs,
    rootfsPath: rootfsFolder,
    mounts: await resolveMounts(context, record, {makesSources: false}),
    networking,
  });
  const own = {
    '/etc/hosts': containerHostsFile(context, record, {hostname, networking}),
    '/etc/hostname': hostnameFile(hostname),
    '/etc/resolv.conf': networking.resolvConf,
  };
  const mounted = new Set(config.mounts.map(({destination}) => destination));
  return {
    config: formatRuntimeJson(config),
    files: Object.fromEntries(Object.entries(own).filter(([path]) => !mounted.has(path))),
  };
}

// Labels and the stop signal have their places as annotations: image-spec, conversion.md.
function standaloneOptions(asked: ContainerOptions, {config}: ContainerImage): ContainerOptions {
  const {network, ipc, labels} = asked;
  const stopSignal = asked.stopSignal ?? config.StopSignal;
  const {ipc: _, ...rest} = asked;
  return {
    ...rest,
    network: network.kind === 'host' ? network : {kind: 'none'},
    // Nobody can find it to join: a tmpfs of its own is the same.
    ...(ipc && ipc.kind !== 'shareable' && {ipc}),
    init: false,
    annotations: {
      ...withoutOrders({...config.Labels, ...labels}),
      ...(stopSignal !== undefined && {'org.opencontainers.image.stopSignal': stopSignal}),
      ...asked.annotations,
    },
  };
}

// Runtimes act on annotations of these names, which they compare as they are written (crun 1.8.1; runc, Kata, gVisor): one
// that an image brings could replace its seccomp filter. A label is data; what is to be acted on comes by --annotation.
const orders =
  /^(?:run\.oci\.|org\.systemd\.property\.|org\.criu\.|krun|module\.wasm\.|io\.kubernetes\.cri|io\.katacontainers\.|dev\.gvisor\.|dev\.crundle\.)/;

function withoutOrders(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !orders.test(name)));
}

// Its own profile is loaded where crundle is installed.
function hostWithoutCrundle({security}: ContainerOptions) {
  const {apparmorProfile: _, apparmor, ...host} = readHostFacts();
  return {...host, apparmor: apparmor && security.apparmor !== undefined};
}

function recordOf(id: string, image: ContainerImage, options: ContainerOptions): ContainerRecord {
  return {
    id,
    name: id.slice(0, 12),
    createdAt: new Date(),
    image: image.reference,
    imageId: image.id,
    manifestDigest: image.manifestDigest,
    chainIds: image.chainIds,
    imageConfig: image.config,
    command: resolveCommand(image.config, options),
    options,
    volumes: [],
    status: 'created',
    process: undefined,
    conmon: undefined,
    startedAt: undefined,
    finishedAt: undefined,
    exitCode: undefined,
    oomKilled: false,
    error: undefined,
    removeVolumes: false,
    restartCount: 0,
    restartDelayMs: 0,
    restartAt: undefined,
    stoppedBy: undefined,
  };
}
