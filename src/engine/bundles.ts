// `bundle`: an OCI bundle of an image that crun runs with nothing of crundle. The layers are unpacked anew from their blobs,
// so that every file has gone through the digests of the image, and merged to plain files by way of an overlay mount.
import {
  closeSync,
  createReadStream,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {mkdtemp, rename, rm} from 'node:fs/promises';
import {basename, dirname, join, resolve} from 'node:path';
import {type ContainerOptions, defaultContainerOptions} from '../../bundles/container-options.ts';
import {checkContainerOptions} from '../../bundles/option-checks.ts';
import {checkStandalone, readOnlyVolumes, refusedInBundle} from '../../bundles/standalone-checks.ts';
import {newContainerId} from '../containers/container-name.ts';
import {describeStandalone, rootfsFolder} from '../containers/standalone-bundle.ts';
import {EngineError, errnoOf} from '../errors.ts';
import {parseDigest} from '../images/digest.ts';
import type {StoredImage} from '../images/stored-image.ts';
import {mountRootfs, prepareRootfs} from '../storage/container-rootfs.ts';
import {openFileInRoot} from '../storage/in-root.ts';
import {LayerStore} from '../storage/layer-store.ts';
import {syncFolder} from '../system/durable-file.ts';
import {readHostFacts} from '../system/host-facts.ts';
import {mountPointsIn} from '../system/mounted.ts';
import {nameOwned, removeOwned, sweepOwned} from '../system/owned-folder.ts';
import {syncFileSystem} from '../system/sync.ts';
import {copyTree} from '../volumes/cp.ts';
import type {ImageEngine} from './images.ts';
import {type EngineParts, useStore} from './parts.ts';
import type {PullOptions} from './pull.ts';

export interface BundleRequest extends PullOptions {
  image: string;
  /** What is left out has Docker's default. */
  options?: Partial<ContainerOptions>;
  /** Where the bundle is to be: a folder that is empty or not there. */
  folder: string;
  pull?: 'missing' | 'always' | 'never';
}

/**
 * Writes the bundle: `config.json` and `rootfs`. It is there whole and durable, or not at all. Returns warnings. Throws
 * EngineError 'not-supported' for an option that only crundle could honour, 'invalid-option' for a folder that cannot be used,
 * 'image-damaged' and 'digest-mismatch', 'cancelled', 'disk-full', and what a pull throws.
 */
export async function writeStandaloneBundle(
  parts: EngineParts,
  images: ImageEngine,
  request: BundleRequest,
): Promise<{folder: string; warnings: string[]}> {
  const options = {...defaultContainerOptions(), ...request.options};
  checkStandalone(options);
  const warnings = checkContainerOptions(options, readHostFacts());
  const folder = placeOf(resolve(request.folder));
  using _store = await useStore(parts);
  const image = await images.ensure(request.image, request.pull ?? 'missing', request);
  refuseReadOnlyVolumes(options, image);
  const unfinished = await makeBeside(folder);
  try {
    await fill(parts, unfinished, {...request, options, image});
    await syncFileSystem(unfinished);
    await rename(unfinished, folder);
    await syncFolder(dirname(folder));
  } catch (error) {
    await rm(unfinished, {recursive: true, force: true});
    throw error;
  }
  return {folder: resolve(request.folder), warnings};
}

// A link to an empty folder is followed: the bundle is renamed to what it leads to.
function placeOf(asked: string): string {
  if (!lstatSync(asked, {throwIfNoEntry: false})) return asked;
  if (!statSync(asked, {throwIfNoEntry: false})) throw badFolder(asked, 'it is a link that leads nowhere');
  const folder = realpathSync(asked);
  if (!statSync(folder).isDirectory()) throw badFolder(asked, 'it is not a folder');
  if (readdirSync(folder).length > 0) throw badFolder(asked, 'the folder is not empty');
  if (mountPointsIn(folder).length > 0)
    throw badFolder(
      asked,
      'something is mounted there',
      'name a folder in it: what is mounted cannot be replaced',
    );
  return folder;
}

function badFolder(
  folder: string,
  reason: string,
  hint = 'name a folder that is not there yet',
): EngineError {
  return new EngineError('invalid-option', `cannot write a bundle to ${folder}: ${reason}`, {
    hint,
    exit: 125,
  });
}

function refuseReadOnlyVolumes(options: ContainerOptions, {config}: StoredImage): void {
  const [path] = readOnlyVolumes(options, Object.keys(config.config?.Volumes ?? {}));
  if (path === undefined) return;
  throw refusedInBundle(
    'read-only',
    `its volume ${path} would be read-only too: mount something there, as in --tmpfs ${path}`,
  );
}

// Private: set-id programs of the image are for its containers, not for the people of this host.
async function makeBeside(folder: string): Promise<string> {
  try {
    return await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
  } catch (error) {
    const reason = errnoOf(error);
    if (reason === undefined) throw error;
    throw new EngineError('invalid-option', `cannot make the folder ${folder}: ${reason}`, {
      hint: `is there a folder ${dirname(folder)} that can be written to?`,
      cause: error,
      exit: 125,
    });
  }
}

async function fill(
  parts: EngineParts,
  bundle: string,
  {image, options, signal}: {options: ContainerOptions; image: StoredImage; signal?: AbortSignal},
): Promise<void> {
  const id = newContainerId();
  const {dataRoot} = parts.containers.roots;
  sweepOwned(dataRoot);
  const scratch = join(dataRoot, nameOwned('bundle'));
  mkdirSync(scratch, {mode: 0o700});
  try {
    const merged = await mergeLayers(parts, scratch, image, signal);
    const {config, files} = await describeStandalone(parts.containers, {
      id,
      options,
      rootfs: merged,
      image: {
        reference: image.references[0] ?? image.id,
        id: image.id,
        manifestDigest: image.manifestDigest,
        chainIds: image.chainIds,
        config: image.config.config ?? {},
      },
    });
    const rootfs = join(bundle, rootfsFolder);
    await copyTree(merged, rootfs, signal);
    for (const [path, text] of Object.entries(files)) writeInRoot(rootfs, path, text);
    writeFileSync(join(bundle, 'config.json'), config, {mode: 0o600});
  } finally {
    removeOwned(scratch);
  }
}

async function mergeLayers(
  parts: EngineParts,
  scratch: string,
  image: StoredImage,
  signal: AbortSignal | undefined,
): Promise<string> {
  const layersRoot = join(scratch, 'layers');
  const layers = new LayerStore(layersRoot);
  mkdirSync(layersRoot, {mode: 0o700});
  for (const [index, descriptor] of image.manifest.layers.entries()) {
    const [diffId, chainId] = [image.diffIds[index], image.chainIds[index]];
    if (diffId === undefined || chainId === undefined) throw new Error(`layer ${index} has no diffID`);
    const path = blobPath(parts, descriptor);
    const layer = await layers.unpack(createReadStream(path, {highWaterMark: 1024 * 1024}), {
      mediaType: descriptor.mediaType,
      diffId,
      ...(signal && {signal}),
    });
    await layers.commit(layer, {chainId, parents: image.chainIds.slice(0, index)});
  }
  prepareRootfs(scratch);
  return mountRootfs({containerFolder: scratch, layersRoot, chainIds: image.chainIds});
}

function blobPath(
  {images: {layout}}: EngineParts,
  {digest: text, size}: {digest: string; size: number},
): string {
  const digest = parseDigest(text);
  if (layout.hasBlob(digest, size)) return layout.blobPath(digest);
  throw new EngineError('image-damaged', `the layer ${digest} is missing from ${layout.root}`, {
    hint: 'pull the image again: only what is missing is fetched',
    exit: 125,
  });
}

// The image may have a link there, which leads anywhere: the folder is opened inside the root, and the name made anew.
function writeInRoot(rootfs: string, path: string, text: string): void {
  const inside = dirname(path);
  let fd = openFileInRoot(rootfs, inside);
  if (fd === undefined) {
    makeFolder(join(rootfs, inside));
    fd = openFileInRoot(rootfs, inside);
  }
  if (fd === undefined) throw noPlace(path);
  try {
    const target = `/proc/self/fd/${fd}/${basename(path)}`;
    rmSync(target, {recursive: true, force: true});
    writeFileSync(target, text, {flag: 'wx', mode: 0o644});
  } finally {
    closeSync(fd);
  }
}

// Whatever link is there stays: it leads nowhere in the image.
function makeFolder(path: string): void {
  try {
    mkdirSync(path, {mode: 0o755});
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

function noPlace(path: string): EngineError {
  return new EngineError(
    'not-supported',
    `cannot write ${path} into the bundle: the image has no such folder`,
    {
      hint: `mount something there, as in -v FILE:${path}`,
      exit: 125,
    },
  );
}
