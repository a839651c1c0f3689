// An OCI image layout on disk: blobs under their digests, and index.json. Knows no registry and no layer store.
//
//     oci-layout                 {"imageLayoutVersion": "1.0.0"}
//     index.json                 one entry an image and name; replaced whole, under index.lock
//     index.copy.json            the same once more, for repairs; .old: of before another program changed index.json
//     blobs/sha256/HEX           visible only when whole, verified and durable
//     partial/sha256-HEX         a download in flight, or one to go on with
//     damaged/sha256-HEX         what is not what its name says, until it is fetched again
//
// https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
import {existsSync, mkdirSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {mkdir, open, readFile, rename, stat, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {Durability} from '../../config/config.ts';
import {EngineError, errnoOf, isDiskFault, isEngineError} from '../../errors.ts';
import type {Descriptor} from '../../oci/image-spec.ts';
import {syncFolder, writeDurableFile} from '../../system/durable-file.ts';
import {lockFile} from '../../system/file-lock.ts';
import {readOptionalFile} from '../../system/optional-file.ts';
import {algorithmOf, type Digest, digestOf} from '../digest.ts';
import {keepCopyOfForeign, refuseChangedEntries} from './index-changes.ts';
import {collectLayout, layoutUsage} from './layout-files.ts';
import {formatIndex, indexDamaged, parseIndex} from './layout-index.ts';
import {blobName, layoutIndex, layoutMarker, layoutVersion} from './layout-names.ts';

export class ImageLayout {
  readonly root: string;
  readonly durability: Durability;
  #isReady = false;

  /** With `fast` blobs are not waited for; documents and the index always are. */
  constructor(root: string, {durability = 'full'}: {durability?: Durability} = {}) {
    this.root = root;
    this.durability = durability;
  }

  get indexPath(): string {
    return join(this.root, layoutIndex);
  }

  /** What index.json was when it was last written: to bring it back. */
  get indexCopyPath(): string {
    return join(this.root, 'index.copy.json');
  }

  blobPath(digest: Digest): string {
    return join(this.root, blobName(digest));
  }

  /** Where a damaged blob waits for a sound one. */
  damagedPath(digest: Digest): string {
    return join(this.root, 'damaged', digest.replace(':', '-'));
  }

  partialPath(digest: Digest): string {
    return join(this.root, 'partial', digest.replace(':', '-'));
  }

  /** True when the blob is there with this size. A blob is visible only when its content was verified. */
  hasBlob(digest: Digest, sizeBytes: number): boolean {
    return sizeOf(this.blobPath(digest)) === sizeBytes;
  }

  /** How much of a blob a download that broke off has left. */
  partialBytes(digest: Digest): number {
    return sizeOf(this.partialPath(digest)) ?? 0;
  }

  /** A small blob, verified. Throws EngineError 'image-damaged' when it is missing, cannot be read or is not what it should be. */
  readBlob(digest: Digest): Buffer {
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.blobPath(digest));
    } catch (error) {
      if (!isDiskFault(error)) throw error;
      const reason = errnoOf(error);
      throw damaged(
        reason === 'ENOENT'
          ? `blob ${digest} is missing from ${this.root}`
          : `blob ${digest} in ${this.root} cannot be read: ${reason}`,
      );
    }
    if (digestOf(bytes, algorithmOf(digest)) !== digest) {
      throw damaged(`blob ${digest} in ${this.root} has other content than its name says`);
    }
    return bytes;
  }

  /**
   * Moves a file of the same file system that is exactly this blob, verified, to its place, durably. A file that is gone is
   * nothing: somebody else has moved it.
   */
  async adopt(digest: Digest, path: string): Promise<void> {
    const target = this.blobPath(digest);
    await mkdir(dirname(target), {recursive: true});
    try {
      if (this.durability === 'full') await syncData(path);
      await rename(path, target);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return;
      throw error;
    }
    await syncFolder(dirname(target));
  }

  /** Takes a blob that is damaged out of use, if it is there: nobody then takes it for what its name says. */
  async setAside(digest: Digest): Promise<void> {
    const aside = this.damagedPath(digest);
    await mkdir(dirname(aside), {recursive: true, mode: 0o700});
    try {
      await rename(this.blobPath(digest), aside);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }

  #isWhole(digest: Digest): boolean {
    try {
      this.readBlob(digest);
      return true;
    } catch (error) {
      if (isEngineError(error, 'image-damaged')) return false;
      throw error;
    }
  }

  /** Stores a small blob, durably. The caller has verified it. */
  async writeBlob(digest: Digest, bytes: Uint8Array): Promise<void> {
    // One that is damaged has its size too, and would survive every pull.
    if (this.hasBlob(digest, bytes.length) && this.#isWhole(digest)) return;
    await this.prepare();
    await mkdir(dirname(this.blobPath(digest)), {recursive: true});
    await writeDurableFile(this.blobPath(digest), bytes, 0o644);
  }

  /**
   * Makes a pull's blobs visible, durably: moves durable, verified partial files to their places and writes small
   * documents. Returns a blob whose partial file is gone or not whole, and that is not in its place either, should there be one.
   */
  async publish(
    partials: readonly {digest: Digest; sizeBytes: number}[],
    documents: readonly {digest: Digest; bytes: Uint8Array}[],
  ): Promise<Digest | undefined> {
    for (const {digest, sizeBytes} of partials) {
      const target = this.blobPath(digest);
      await mkdir(dirname(target), {recursive: true});
      try {
        // A shorter one is begun anew by somebody who found other bytes in it.
        if (this.partialBytes(digest) === sizeBytes) await rename(this.partialPath(digest), target);
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw error;
      }
      // Another pull of the same blob was quicker, or a failed one removed it.
      if (!this.hasBlob(digest, sizeBytes)) return digest;
    }
    const folders = new Set(partials.map(({digest}) => dirname(this.blobPath(digest))));
    await Promise.all([
      ...documents.map(({digest, bytes}) => this.writeBlob(digest, bytes)),
      ...[...folders].map((folder) => syncFolder(folder)),
    ]);
    return undefined;
  }

  /** The entries of index.json: none when there is no layout yet. Throws EngineError 'state-damaged'. */
  readIndex(): Descriptor[] {
    const text = readOptionalFile(this.indexPath);
    if (text !== undefined) return parseIndex(text, this.indexPath);
    this.#refuseLostIndex();
    return [];
  }

  /**
   * Changes index.json under its lock: read, change, replace durably. Nothing is written when nothing changed. Throws EngineError
   * 'state-damaged', also where entries can be read but the disk has changed them: a new digest would make them believed.
   */
  async updateIndex(
    change: (entries: Descriptor[]) => Descriptor[] | Promise<Descriptor[]>,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.prepare();
    using _lock = await lockFile(join(this.root, 'index.lock'), 'exclusive', signal ? {signal} : {});
    refuseChangedEntries(this.indexPath);
    const before = this.readIndex();
    const manifests = await change(structuredClone(before));
    if (JSON.stringify(manifests) === JSON.stringify(before)) return;
    await keepCopyOfForeign(this.indexPath, this.indexCopyPath);
    await this.#writeIndex(manifests);
  }

  /** Makes an empty layout when there is none. Idempotent, and safe beside another process doing the same. */
  async prepare(): Promise<void> {
    if (this.#isReady) return;
    mkdirSync(join(this.root, 'blobs', 'sha256'), {recursive: true});
    mkdirSync(join(this.root, 'partial'), {recursive: true, mode: 0o700});
    const marker = join(this.root, layoutMarker);
    const present = await readFile(marker, 'utf8').catch(() => '');
    if (present.trim() === '') await writeDurableFile(marker, layoutVersion, 0o644);
    const index = await stat(this.indexPath).catch(() => undefined);
    // skopeo and others want the file even when there is no image.
    if (index) refuseChangedEntries(this.indexPath);
    else await this.#writeFirstIndex();
    this.#isReady = true;
  }

  // An index comes before the first blob. Without this, one that a disk has lost would cost all images at the next collection.
  #refuseLostIndex(): void {
    const isNew = !existsSync(this.indexCopyPath) && isEmptyFolder(join(this.root, 'blobs', 'sha256'));
    if (!isNew) throw indexDamaged(this.indexPath, 'is missing');
  }

  async #writeFirstIndex(): Promise<void> {
    using _lock = await lockFile(join(this.root, 'index.lock'), 'exclusive');
    if (statSync(this.indexPath, {throwIfNoEntry: false})) return;
    this.#refuseLostIndex();
    await this.#writeIndex([]);
  }

  /** For repairs: as updateIndex, but whatever is there now, and oci-layout with it. `make` gives undefined for nothing to do. */
  async replaceIndex(make: () => Promise<Descriptor[] | undefined>): Promise<void> {
    using _lock = await lockFile(join(this.root, 'index.lock'), 'exclusive');
    const manifests = await make();
    if (manifests === undefined) return;
    await writeDurableFile(join(this.root, layoutMarker), layoutVersion, 0o644);
    await this.#writeIndex(manifests);
  }

  // The copy is written when the index is on disk: a cut leaves one of them whole.
  async #writeIndex(manifests: Descriptor[]): Promise<void> {
    const text = formatIndex(manifests);
    await writeDurableFile(this.indexPath, text, 0o644);
    await writeFile(this.indexCopyPath, text, {mode: 0o644});
  }

  /** Bytes of the blobs and of what is in flight. */
  async usage(): Promise<{blobBytes: number; partialBytes: number}> {
    return await layoutUsage(this.root);
  }

  /** See collectLayout. */
  async collect(
    needed: ReadonlySet<Digest>,
    partialAgeMs: number,
  ): Promise<{deleted: Digest[]; bytes: number}> {
    return await collectLayout(this.root, needed, partialAgeMs);
  }
}

// What the disk cannot say anything of is not there.
function sizeOf(path: string): number | undefined {
  try {
    return statSync(path).size;
  } catch (error) {
    if (isDiskFault(error)) return undefined;
    throw error;
  }
}

async function syncData(path: string): Promise<void> {
  const file = await open(path, 'r');
  await file.datasync().finally(() => file.close());
}

function isEmptyFolder(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return true;
    throw error;
  }
}

function damaged(message: string): EngineError {
  return new EngineError('image-damaged', message, {hint: 'pull the image again to mend it'});
}
