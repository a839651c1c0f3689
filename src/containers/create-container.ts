// `create`: a container's record, folder and volumes. Nothing runs yet, nothing is mounted afterwards.
import {randomBytes} from 'node:crypto';
import {closeSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {posix} from 'node:path';
import {resolveCommand} from '../../bundles/container-command.ts';
import type {ContainerOptions} from '../../bundles/container-options.ts';
import {checkHealthAction} from '../../bundles/healthcheck.ts';
import type {VolumeMount} from '../../bundles/mount-options.ts';
import type {Config} from '../config/config.ts';
import {isEngineError} from '../errors.ts';
import {volumeEvent} from '../events.ts';
import type {ImageRuntimeConfig} from '../oci/image-spec.ts';
import type {VolumeUse} from '../state/container-record.ts';
import type {ContainerContext} from './container-context.ts';
import {containerEvent} from './container-event.ts';
import {removeContainerLocks, withContainerLock} from './container-lock.ts';
import {inventContainerName, newContainerId, parseContainerName} from './container-name.ts';
import {containerPaths} from './container-paths.ts';
import {inheritMounts} from './mounts/inherited-mounts.ts';
import {checkBindSources} from './mounts/mount-sources.ts';
import {keepRecordCopy} from './record-copy.ts';
import {removeLocked} from './remove-container.ts';

/** The image that a container is made from, as plain values. */
export interface ContainerImage {
  /** As the person named it. */
  reference: string;
  id: string;
  manifestDigest: string;
  /** Layers, lowest first. */
  chainIds: readonly string[];
  config: ImageRuntimeConfig;
}

export interface CreateContainerRequest {
  image: ContainerImage;
  options: ContainerOptions;
  /** Absent: one is made up. */
  name?: string;
  /** Absent: a new one. */
  id?: string;
}

/**
 * Makes a container in status 'created' and returns its id. Durable, but for --rm containers, which do not outlive
 * a reboot. On failure nothing of it stays. Throws EngineError 'container-name-in-use', 'invalid-option', and what
 * volumes throw.
 */
export async function createContainer(
  context: ContainerContext,
  {image, options: asked, name, id = newContainerId()}: CreateContainerRequest,
): Promise<string> {
  const command = resolveCommand(image.config, asked);
  checkBindSources(asked.mounts);
  checkHealthAction({options: asked, imageConfig: image.config});
  const inherited = inheritMounts(context.records, asked);
  const options = withInherited(withDefaultLog(asked, context.config), inherited);
  const made = chooseVolumes(image.config, asked, inherited);
  const volumes = [...made, ...inherited.volumes];
  const chosenName = name === undefined ? undefined : parseContainerName(name);
  const {folder} = containerPaths(context.roots, id);
  return await withContainerLock(context.roots, id, async () => {
    let givenName: string;
    try {
      givenName = insertWithName(chosenName, (rowName) =>
        context.records.insert({
          id,
          name: rowName,
          createdAt: new Date(),
          image: image.reference,
          imageId: image.id,
          manifestDigest: image.manifestDigest,
          chainIds: image.chainIds,
          imageConfig: image.config,
          command,
          options,
          volumes,
        }),
      );
    } catch (error) {
      removeContainerLocks(context.roots, id);
      throw error;
    }
    try {
      await context.network.attach(id, options.network);
      await mkdir(folder, {recursive: true, mode: 0o711});
      context.rootfs.prepare(folder, {sizeBytes: options.rootfsSizeBytes});
      const {reference, chainIds} = image;
      await makeVolumes(context, {folder, image: reference, chainIds, volumes: made, options});
      context.records.move(id, 'created', {}, {durable: !options.autoRemove});
      if (!options.autoRemove) keepRecordCopy(context, id);
      context.tell(containerEvent('create', {id, name: givenName, image: image.reference, options}));
      return id;
    } catch (error) {
      await removeLocked(context, id, {volumes: true});
      throw error;
    }
  });
}

function insertWithName(chosen: string | undefined, insert: (name: string) => void): string {
  for (let attempt = 0; ; attempt++) {
    const name = chosen ?? inventContainerName(attempt);
    try {
      insert(name);
      return name;
    } catch (error) {
      if (chosen !== undefined) throw error;
      if (!isEngineError(error, 'container-name-in-use') || attempt === 20) throw error;
    }
  }
}

// Kept with the container: another default later moves no log that is there.
function withDefaultLog(options: ContainerOptions, {logDriver}: Config): ContainerOptions {
  if (logDriver === 'json-file' || options.log?.driver !== undefined) return options;
  return {...options, log: {given: {}, ...options.log, driver: logDriver}};
}

function withInherited(
  options: ContainerOptions,
  {volumesFrom, mounts}: ReturnType<typeof inheritMounts>,
): ContainerOptions {
  if (volumesFrom.length === 0) return options;
  return {...options, volumesFrom, mounts: [...options.mounts, ...mounts]};
}

// The image's VOLUMEs are anonymous volumes, but where something else is mounted at the same place.
function chooseVolumes(
  image: ImageRuntimeConfig,
  {mounts}: ContainerOptions,
  inherited: ReturnType<typeof inheritMounts>,
): VolumeUse[] {
  const asked = mounts.flatMap((mount) => (mount.type === 'volume' ? [volumeUse(mount)] : []));
  const taken = new Set([...mounts, ...inherited.mounts, ...inherited.volumes].map(({target}) => target));
  const declared = Object.keys(image.Volumes ?? {}).map((path) => posix.resolve('/', path));
  const implied = declared
    .filter((target) => !taken.has(target))
    .map((target) => volumeUse({target, readOnly: false}));
  return [...asked, ...implied];
}

function volumeUse({
  name,
  target,
  readOnly,
  subpath,
}: Pick<VolumeMount, 'name' | 'target' | 'readOnly' | 'subpath'>): VolumeUse {
  return {
    name: name ?? randomBytes(32).toString('hex'),
    target,
    readOnly,
    anonymous: name === undefined,
    ...(subpath !== undefined && {subpath}),
  };
}

// As Docker does, an empty volume is filled with what the image has at its mount point.
async function makeVolumes(
  context: ContainerContext,
  container: {
    folder: string;
    image: string;
    chainIds: readonly string[];
    volumes: readonly VolumeUse[];
    options: ContainerOptions;
  },
): Promise<void> {
  const unfilled: VolumeUse[] = [];
  for (const volume of container.volumes) {
    const option = optionOf(container.options, volume);
    await context.volumes.create(volume.name, {
      anonymous: volume.anonymous,
      durable: outlives(container, volume),
      ...(option?.labels && {labels: option.labels}),
    });
    // Of one that is there, too, as under Docker.
    context.tell({...volumeEvent('create', volume.name), routine: true});
    if (!option?.noCopy && volume.subpath === undefined && (await context.volumes.isEmpty(volume.name)))
      unfilled.push(volume);
  }
  if (unfilled.length === 0) return;
  context.rootfs.refuseDamaged(container);
  const rootfs = context.rootfs.mount(container.folder, container.chainIds);
  try {
    for (const volume of unfilled) await fillFromImage(context, rootfs, volume, outlives(container, volume));
  } finally {
    context.rootfs.unmount(container.folder);
  }
}

function optionOf({mounts}: ContainerOptions, {target}: VolumeUse): VolumeMount | undefined {
  return mounts.find((mount): mount is VolumeMount => mount.type === 'volume' && mount.target === target);
}

// What goes with a --rm container need not survive a power cut.
function outlives({options}: {options: ContainerOptions}, volume: VolumeUse): boolean {
  return !options.autoRemove || !volume.anonymous;
}

async function fillFromImage(
  context: ContainerContext,
  rootfs: string,
  volume: VolumeUse,
  durable: boolean,
): Promise<void> {
  const fd = context.rootfs.open(rootfs, volume.target);
  if (fd === undefined) return;
  try {
    // Through the descriptor, so that no link in the image can lead the copy elsewhere.
    await context.volumes.fill(volume.name, `/proc/${process.pid}/fd/${fd}`, {durable});
  } finally {
    closeSync(fd);
  }
}
