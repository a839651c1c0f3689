// The unpacked layers of all images, one folder each, named by chainID (see layer-folder.ts for the tree). A layer
// appears whole and durable, by one rename, or not at all. Blobs and images are not known here.
import {randomUUID} from 'node:crypto';
import {lstatSync, mkdirSync} from 'node:fs';
import {mkdir, readdir, rename, rm} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import type {Durability} from '../config/config.ts';
import {EngineError, errnoOf} from '../errors.ts';
import {syncFolder} from '../system/durable-file.ts';
import {SpaceWatch} from '../system/free-space.ts';
import {syncFileSystem} from '../system/sync.ts';
import {expectManyBuffers} from './buffer-memory.ts';
import {EarlyWriteback} from './early-writeback.ts';
import {checkLayer, type LayerCheckOptions, type LayerReport} from './layer-check.ts';
import {isLayerMounted, readDamage, writeDamage} from './layer-damage.ts';
import {explainFailure} from './layer-failure.ts';
import {finishLayer} from './layer-finish.ts';
import {filesFolder, layerFolderName, temporaryFolder} from './layer-folder.ts';
import {writeManifest} from './layer-manifest.ts';
import {type LayerInfo, readLayerRecord, recordTime, writeLayerRecord} from './layer-record.ts';
import type {LayerTree} from './layer-tree.ts';
import {LayerUnpacker} from './layer-unpacker.ts';
import {ParentLayers} from './parent-layers.ts';
import {type UnpackOptions, unpackBlob} from './unpack-blob.ts';

/** A layer that is unpacked but not part of the store. Ends with `commit` or `discard`, or with the next `collect`. */
export interface UnpackedLayer {
  readonly folder: string;
  readonly diffId: string;
  readonly tree: LayerTree;
}

export interface CommitOptions {
  chainId: string;
  /** chainIDs of the layers below, lowest first; all of them in the store. */
  parents: readonly string[];
}

export class LayerStore {
  readonly #root: string;
  readonly #isDurable: boolean;

  /** `root` is made when something is first put in it. With `fast` a commit does not wait for the disk. */
  constructor(root: string, {durability = 'full'}: {durability?: Durability} = {}) {
    this.#root = resolve(root);
    this.#isDurable = durability === 'full';
  }

  /** False also for a layer that is known to be damaged: what is committed under its name replaces it. */
  async has(chainId: string): Promise<boolean> {
    return (await this.#record(chainId)) !== undefined && readDamage(this.#folderOf(chainId)) === undefined;
  }

  /**
   * Compares a layer with what was written down when it was made. What is told is of the folder that has the name at the end.
   * Throws EngineError 'cancelled'.
   */
  async check(chainId: string, options: LayerCheckOptions): Promise<LayerReport> {
    const folder = this.#folderOf(chainId);
    for (;;) {
      const inode = inodeOf(folder);
      const report = await checkLayer(folder, chainId, options);
      // A pull or a repair may have replaced it meanwhile: a mark would go to the sound one.
      if (inodeOf(folder) === inode) return report;
    }
  }

  /** What a check has found of a layer, in words; undefined when nothing bad is known of it. */
  damage(chainId: string): string | undefined {
    return readDamage(this.#folderOf(chainId));
  }

  /** Remembers that a layer is damaged, so that nothing starts on it; without a reason, that it is not. Idempotent. */
  async mark(chainId: string, reason: string | undefined): Promise<void> {
    await writeDamage(this.#folderOf(chainId), reason);
  }

  /** The name of a layer's folder. */
  folderName(chainId: string): string {
    return layerFolderName(chainId);
  }

  /** True while a root filesystem is mounted over the layer. */
  isMounted(chainId: string): boolean {
    return isLayerMounted(layerFolderName(chainId));
  }

  /** Names of folders that are no layers: without a record, or under another layer's name. */
  async strays(): Promise<string[]> {
    // The names first: what a pull commits meanwhile is then a layer, not a stray.
    const names = await this.#folderNames();
    const known = new Set((await this.list()).map(({chainId}) => layerFolderName(chainId)));
    return names.filter((name) => !known.has(name));
  }

  /**
   * Takes a stray out of the store, to be removed by the next `collect`. False when a layer has the name by now, which it keeps.
   * Throws EngineError 'layer-damaged' when a container runs on it.
   */
  async removeStray(name: string): Promise<boolean> {
    this.#refuseMounted(name, name);
    const aside = await this.#setAside(name);
    const info = await readLayerRecord(aside);
    const isLayer = info !== undefined && layerFolderName(info.chainId) === name;
    if (isLayer) await this.#putBack(aside, name);
    await syncFolder(this.#root);
    return !isLayer;
  }

  /**
   * Unpacks a blob (gzip, zstd or plain tar) and verifies its diffID; needs no other layer. On any failure nothing
   * of it stays. Throws EngineError 'layer-invalid', 'layer-hostile', 'digest-mismatch', 'disk-full', 'cancelled',
   * 'permission-denied', and what reading `blob` throws.
   */
  async unpack(blob: AsyncIterable<Uint8Array>, options: UnpackOptions): Promise<UnpackedLayer> {
    const folder = join(this.#root, temporaryFolder, randomUUID());
    mkdirSync(folder, {recursive: true, mode: 0o700});
    const files = join(folder, filesFolder);
    mkdirSync(files, 0o755);
    const unpacker = new LayerUnpacker(files);
    expectManyBuffers();
    try {
      const watched = {
        writeback: this.#isDurable ? new EarlyWriteback(folder) : undefined,
        space: new SpaceWatch(folder),
      };
      await unpackBlob(unpacker, blob, {...options, ...watched});
      return {folder, diffId: options.diffId, tree: unpacker.tree};
    } catch (error) {
      const explained = explainFailure(error, {
        layer: options.diffId,
        folder,
        entryName: unpacker.entryName,
        sizeBytes: unpacker.tree.sizeBytes,
      });
      unpacker.close();
      await removeTree(folder);
      throw explained;
    }
  }

  /**
   * Makes the layer part of the store, durably. Idempotent, and safe against another process that commits the same
   * one. Called lowest first. On failure nothing of the layer stays. Throws EngineError as `unpack`.
   */
  async commit(layer: UnpackedLayer, {chainId, parents}: CommitOptions): Promise<void> {
    try {
      if (await this.has(chainId)) return await removeTree(layer.folder);
      finishLayer(layer.tree, new ParentLayers(parents.map((id) => this.#filesOf(id))));
      const manifest = writeManifest(layer.folder, layer.tree);
      const parent = parents.at(-1);
      await writeLayerRecord(layer.folder, {
        chainId,
        diffId: layer.diffId,
        ...(parent === undefined ? {} : {parent}),
        sizeBytes: layer.tree.sizeBytes,
        manifest,
      });
      if (this.#isDurable) await syncFileSystem(layer.folder);
      await this.#publish(layer.folder, chainId);
    } catch (error) {
      const context = {
        layer: layer.diffId,
        folder: layer.folder,
        entryName: undefined,
        sizeBytes: layer.tree.sizeBytes,
      };
      const explained = explainFailure(error, context);
      await removeTree(layer.folder);
      throw explained;
    }
  }

  /** Removes a layer that will not be committed. Idempotent. */
  async discard(layer: UnpackedLayer): Promise<void> {
    await removeTree(layer.folder);
  }

  async list(): Promise<LayerInfo[]> {
    const layers = await Promise.all(
      (await this.#folderNames()).map(async (name) => ({
        name,
        info: await readLayerRecord(join(this.#root, name)),
      })),
    );
    return layers.flatMap(({name, info}) => (info && layerFolderName(info.chainId) === name ? [info] : []));
  }

  /** Those that were made at this time (in milliseconds since 1970) or later. */
  async listSince(since: number): Promise<LayerInfo[]> {
    const all = await this.list();
    const times = await Promise.all(all.map(({chainId}) => recordTime(this.#folderOf(chainId))));
    return all.filter((_, index) => (times[index] ?? 0) >= since);
  }

  /** Bytes of the files of these layers together. Layers that are not in the store count as 0. */
  async sizeOf(chainIds: readonly string[]): Promise<number> {
    const records = await Promise.all(chainIds.map((id) => this.#record(id)));
    return records.reduce((total, info) => total + (info?.sizeBytes ?? 0), 0);
  }

  /**
   * Removes the layers that are not in `keep`, and all that unfinished pulls left. The caller holds the store's lock
   * exclusively: nobody unpacks or commits meanwhile. Interrupted at any moment, it leaves no half layer under its name.
   * Returns the sum of the removed layers' sizes.
   */
  async collect(keep: ReadonlySet<string>): Promise<number> {
    const kept = new Set([...keep].map(layerFolderName));
    const unwanted = (await this.#folderNames()).filter((name) => !kept.has(name));
    const temporary = join(this.#root, temporaryFolder);
    let bytes = 0;
    for (const name of unwanted) {
      bytes += (await readLayerRecord(join(this.#root, name)))?.sizeBytes ?? 0;
      await this.#setAside(name);
    }
    if (unwanted.length > 0) await syncFolder(this.#root);
    for (const name of await entriesOf(temporary)) await removeTree(join(temporary, name));
    return bytes;
  }

  async #record(chainId: string): Promise<LayerInfo | undefined> {
    const info = await readLayerRecord(join(this.#root, layerFolderName(chainId)));
    return info?.chainId === chainId ? info : undefined;
  }

  #folderOf(chainId: string): string {
    return join(this.#root, layerFolderName(chainId));
  }

  #filesOf(chainId: string): string {
    return join(this.#folderOf(chainId), filesFolder);
  }

  async #folderNames(): Promise<string[]> {
    return (await entriesOf(this.#root)).filter((name) => name !== temporaryFolder);
  }

  async #publish(folder: string, chainId: string): Promise<void> {
    const name = layerFolderName(chainId);
    while (true) {
      try {
        await rename(folder, join(this.#root, name));
        return await syncFolder(this.#root);
      } catch (error) {
        if (!['ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) throw error;
      }
      const present = await readLayerRecord(join(this.#root, name));
      const damage = readDamage(join(this.#root, name));
      if (present?.chainId === chainId && damage === undefined) return await removeTree(folder);
      if (present && present.chainId !== chainId) {
        throw new EngineError(
          'state-damaged',
          `layers ${chainId} and ${present.chainId} would share the folder ${name}`,
        );
      }
      // A folder without its record is damage too: a layer is never renamed without it.
      this.#refuseMounted(name, chainId);
      await this.#setAside(name);
    }
  }

  // The next collection would empty it under the containers.
  #refuseMounted(name: string, layer: string): void {
    if (!isLayerMounted(name)) return;
    throw new EngineError('layer-damaged', `layer ${layer} is damaged, and a container runs on it`, {
      hint: 'stop the containers of its image, then try again',
    });
  }

  /** Takes the name from a layer; its folder, which is returned, goes with the next `collect`, if not before. */
  async #setAside(name: string): Promise<string> {
    const aside = join(this.#root, temporaryFolder, randomUUID());
    await mkdir(join(this.#root, temporaryFolder), {recursive: true, mode: 0o700});
    await rename(join(this.#root, name), aside);
    return aside;
  }

  async #putBack(aside: string, name: string): Promise<void> {
    try {
      await rename(aside, join(this.#root, name));
    } catch (error) {
      // The same layer was committed once more: one of them is enough.
      if (!['ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) throw error;
    }
  }
}

function inodeOf(path: string): bigint | undefined {
  return lstatSync(path, {bigint: true, throwIfNoEntry: false})?.ino;
}

async function removeTree(path: string): Promise<void> {
  await rm(path, {recursive: true, force: true});
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
