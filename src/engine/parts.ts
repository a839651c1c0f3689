// The parts of one engine, made from its configuration and joined: images, layers, volumes and container records
// do not know each other, so what one needs of another is handed over here as plain functions.
import {mkdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import type {Config} from '../config/config.ts';
import type {ContainerContext, RootfsDriver} from '../containers/container-context.ts';
import {containerFolders, hasRecordCopy, lostContainers} from '../containers/container-folders.ts';
import {sweepContainerLocks} from '../containers/container-lock.ts';
import {SeccompFilterCache} from '../containers/seccomp-filter-cache.ts';
import {sweepAfterBoot} from '../containers/sweep-after-boot.ts';
import {EngineError, errnoOf, isEngineError} from '../errors.ts';
import type {EventListener} from '../events.ts';
import {ImageStore} from '../images/image-store.ts';
import {Firewall} from '../network/firewall/firewall.ts';
import type {NetworkContext} from '../network/network-context.ts';
import {ContainerNetworks} from '../network/network-driver.ts';
import {Crun} from '../runtime/crun.ts';
import {ContainerRecords} from '../state/container-records.ts';
import {StateDatabase} from '../state/database.ts';
import {EndpointRecords} from '../state/endpoint-records.ts';
import {NetworkRecords} from '../state/network-records.ts';
import {PublishedPortRecords} from '../state/published-port-records.ts';
import {
  mountRootfs,
  prepareRootfs,
  removeRootfs,
  unmountRootfs,
  writtenBytes,
} from '../storage/container-rootfs.ts';
import {openFileInRoot, readFileInRoot} from '../storage/in-root.ts';
import {refuseDamaged} from '../storage/layer-damage.ts';
import {LayerStore} from '../storage/layer-store.ts';
import {checkProgram} from '../storage/program-check.ts';
import {mountSharedMemory, sharedMemoryPath, unmountSharedMemory} from '../storage/shared-memory.ts';
import {type FileLock, lockFile, tryLockFile} from '../system/file-lock.ts';
import {sweepOwned} from '../system/owned-folder.ts';
import {VolumeStore} from '../volumes/volume-store.ts';
import {findNewBoot, isSwept, markSwept, type NewBoot, noteClock} from './boot-signs.ts';
import {lockToSweep} from './sweep-lock.ts';

export interface EngineParts {
  config: Config;
  state: StateDatabase;
  images: ImageStore;
  layers: LayerStore;
  volumes: VolumeStore;
  networks: NetworkContext;
  containers: ContainerContext;
  /** Tells whoever listens. Never throws. */
  tell: EventListener;
}

/**
 * Opens the data root and the run root, making them when they are new. After a reboot the first caller sweeps what
 * the last boot left. Throws EngineError 'permission-denied' for anyone but root, 'state-damaged' also when there are containers
 * and no database, and what StateDatabase throws.
 */
export async function openParts(
  config: Config,
  program: readonly string[],
  tell: EventListener,
): Promise<EngineParts> {
  const {dataRoot, runRoot} = config;
  makeRoot(dataRoot);
  makeRoot(runRoot);
  const statePath = join(dataRoot, 'crundle.db');
  refuseLostState(statePath, dataRoot);
  const newBoot = findNewBoot(config);
  const state = new StateDatabase(statePath);
  const layersRoot = join(dataRoot, 'layers');
  const volumes = new VolumeStore(join(dataRoot, 'volumes'));
  const records = new ContainerRecords(state);
  const networks = networkContext(config, state, {records, tell});
  const parts: EngineParts = {
    config,
    state,
    images: new ImageStore(join(dataRoot, 'images'), config),
    layers: new LayerStore(layersRoot, config),
    volumes,
    networks,
    tell,
    containers: {
      roots: {dataRoot, runRoot},
      config,
      records,
      crun: new Crun(join(runRoot, 'crun')),
      rootfs: overlayDriver(layersRoot),
      volumes,
      network: new ContainerNetworks(networks),
      // Below the run root: a filter that a power cut tore would keep every container from starting.
      seccompFilters: new SeccompFilterCache(join(runRoot, 'seccomp')),
      program,
      tell,
    },
  };
  if (newBoot) await sweepOncePerBoot(parts, newBoot);
  return parts;
}

/** Of one engine. Exported for the rehearsal of a run, which has a database of its own. */
export function networkContext(
  config: Config,
  state: StateDatabase,
  {records, tell}: {records: ContainerRecords; tell: EventListener},
): NetworkContext {
  return {
    config,
    state,
    containers: records,
    networks: new NetworkRecords(state),
    endpoints: new EndpointRecords(state),
    ports: new PublishedPortRecords(state),
    firewall: new Firewall(config.runRoot),
    tell,
  };
}

// A new one would know of no container, and what they need would be removed as nobody's.
function refuseLostState(path: string, dataRoot: string): void {
  const isThere = () => (statSync(path, {throwIfNoEntry: false})?.size ?? 0) > 0;
  if (isThere() || !containerFolders(dataRoot).some((id) => hasRecordCopy(dataRoot, id))) return;
  // Asked again: another first command may have made it and a container meanwhile.
  if (isThere()) return;
  throw new EngineError(
    'state-damaged',
    `the state file ${path} is missing or empty, and there are containers`,
    {
      hint: "'crundle system check --repair' makes a new one of what lies beside the containers",
    },
  );
}

// Docker's root is open to its group; here everything is root's alone.
function makeRoot(path: string): void {
  try {
    mkdirSync(path, {recursive: true, mode: 0o700});
  } catch (error) {
    if (errnoOf(error) !== 'EACCES' && errnoOf(error) !== 'EPERM' && errnoOf(error) !== 'EROFS') throw error;
    throw new EngineError('permission-denied', `cannot make the folder ${path}`, {
      hint: process.geteuid?.() === 0 ? 'check the folder above it' : 'crundle needs root: try it with sudo',
      cause: error,
    });
  }
}

export function overlayDriver(layersRoot: string): RootfsDriver {
  return {
    prepare: prepareRootfs,
    refuseDamaged: ({image, chainIds}) => refuseDamaged(layersRoot, image, chainIds),
    mount: (containerFolder, chainIds) => mountRootfs({containerFolder, layersRoot, chainIds}),
    unmount(folder) {
      unmountSharedMemory(folder);
      unmountRootfs(folder);
    },
    mountSharedMemory,
    sharedMemoryPath,
    remove(folder) {
      unmountSharedMemory(folder);
      removeRootfs(folder);
    },
    writtenBytes,
    // The account files of a container with many users are some hundred kilobytes.
    readFile: (rootfs, path) => readFileInRoot(rootfs, path, {maxBytes: 4 * 1024 * 1024}),
    open: openFileInRoot,
    check: checkProgram,
  };
}

function storeLockPath({config}: EngineParts): string {
  return join(config.dataRoot, 'store.lock');
}

/** Held while images are pulled or containers created: nothing is collected meanwhile. */
export async function useStore(parts: EngineParts): Promise<FileLock> {
  return await lockFile(storeLockPath(parts), 'shared');
}

/** Runs `action` while nothing is collected. What it has brought into the store when it fails is nobody's, and goes. */
export async function addingToStore<T>(parts: EngineParts, action: () => Promise<T>): Promise<T> {
  try {
    using _store = await useStore(parts);
    return await action();
  } catch (error) {
    await collectGarbage(parts);
    throw error;
  }
}

/**
 * Removes blobs and layers that no image and no container needs, and what killed pulls left. Returns how many bytes blobs
 * and layers had. Does nothing while somebody pulls or creates: the next collection finds the same.
 */
export async function collectGarbage(parts: EngineParts): Promise<number> {
  using lock = tryLockFile(storeLockPath(parts), 'exclusive');
  return lock ? await collect(parts) : 0;
}

async function collect({images, layers, volumes, containers}: EngineParts): Promise<number> {
  for (const root of Object.values(containers.roots)) sweepOwned(root);
  const blobs = await images.collect();
  const users = [...(await images.list()), ...containers.records.list()];
  const kept = users.flatMap((user) => user.chainIds);
  // Nobody knows which layers a damaged image has, or a container whose record is lost.
  const isAnyLost = lostContainers(containers.roots.dataRoot, containers.records).length > 0;
  if (isAnyLost || (await images.listDamaged()).length > 0)
    kept.push(...(await layers.list()).map(({chainId}) => chainId));
  const layerBytes = await layers.collect(new Set(kept));
  await volumes.sweep();
  sweepContainerLocks(containers.roots, (id) => containers.records.get(id) !== undefined);
  return blobs.bytes + layerBytes;
}

async function sweepOncePerBoot(parts: EngineParts, boot: NewBoot): Promise<void> {
  const isDone = () => isSwept(parts.config, boot.id);
  using lock = await lockToSweep(storeLockPath(parts), isDone);
  if (!lock || isDone()) return;
  await ifPossible(async () => {
    const {checkInFlight} = await import('./in-flight.ts');
    await checkInFlight(parts, boot);
  });
  await sweepAfterBoot(parts.containers);
  await ifPossible(() => collect(parts));
  await ifPossible(() => noteClock(parts.config.dataRoot, boot));
  await markSwept(parts.config, boot.id);
}

// A full disk or a damaged layer must not keep a person from every command; whoever comes next meets and tells the same.
async function ifPossible(action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!isEngineError(error) && errnoOf(error) === undefined) throw error;
  }
}
