// The images of this machine: what index.json and the documents it leads to say, read together. Knows no registry and no
// unpacked layers. The truth about names is index.json alone; nothing is kept beside it.
import type {Durability} from '../config/config.ts';
import {EngineError, isEngineError} from '../errors.ts';
import type {Descriptor} from '../oci/image-spec.ts';
import type {SavedImage} from './archives/save-plan.ts';
import {selectImages} from './archives/save-selection.ts';
import {type Digest, parseDigest} from './digest.ts';
import {ImageLoader} from './image-loader.ts';
import {findByReference, findDamaged, resolveIn} from './image-lookup.ts';
import {type ImageUser, planRemoval} from './image-removal.ts';
import {
  dropRedundant,
  isTwin,
  makeEntry,
  makeLocalEntry,
  markTwin,
  nameEntry,
  originalDigestOf,
  putEntries,
  repoDigestOf,
  sourceDigestOf,
  stripEntry,
  tagOf,
} from './layout/image-entry.ts';
import {ImageLayout} from './layout/image-layout.ts';
import {
  familiarReference,
  formatReference,
  parseImageName,
  parseReference,
  type Reference,
} from './reference.ts';
import {readContent, type StoreContent} from './store-content.ts';
import type {DamagedImage, StoredImage} from './stored-image.ts';

export interface ImageRemoval {
  /** Familiar names, as Docker prints them after 'Untagged: '. */
  untagged: string[];
  /** The image's ID when the image itself is gone. */
  deleted: Digest[];
}

/** A partial download untouched for this long is not gone on with any more. A slow link may have taken days for it. */
const partialAgeMs = 7 * 24 * 60 * 60 * 1000;

export class ImageStore {
  readonly layout: ImageLayout;
  readonly #loader: ImageLoader;

  /** See ImageLayout. */
  constructor(root: string, options: {durability?: Durability} = {}) {
    this.layout = new ImageLayout(root, options);
    this.#loader = new ImageLoader(this.layout);
  }

  /** Reads everything anew the next time, as another process would. */
  forget(): void {
    this.#loader.forget();
  }

  /** Every image that is whole, the newest first. Damaged ones are left out: see `listDamaged`. */
  async list(): Promise<StoredImage[]> {
    return this.#read(this.layout.readIndex()).images.sort(
      (a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0),
    );
  }

  async listDamaged(): Promise<DamagedImage[]> {
    return this.#read(this.layout.readIndex()).damaged;
  }

  /**
   * Finds an image by reference, ID or ID prefix. Throws EngineError 'image-not-found', 'image-ambiguous',
   * 'image-damaged', 'invalid-reference'.
   */
  async resolve(text: string): Promise<StoredImage> {
    return resolveIn(this.#read(this.layout.readIndex()), text);
  }

  /** The image under exactly this name, and the digest it was pulled as. Undefined also when it is damaged. */
  find(reference: Reference): {image: StoredImage; source?: Digest} | undefined {
    const entries = this.layout.readIndex();
    const image = findByReference(this.#read(entries).images, reference);
    if (!image) return undefined;
    const name = formatReference(reference);
    const entry = entries.find((item) => tagOf(item) === name || repoDigestOf(item) === name);
    const source = entry && sourceDigestOf(entry);
    return source === undefined ? {image} : {image, source};
  }

  /**
   * Names a manifest whose blobs are all in the layout: the last step of a pull. Another image that had the tag stays
   * without it. `twin` is an OCI manifest of the same image, to carry the tag for tools that read only those. Returns
   * the image, and whether the name now means another one than before.
   */
  async record(
    reference: Reference,
    manifest: Descriptor,
    source: Digest,
    twin?: Descriptor,
  ): Promise<{image: StoredImage; changed: boolean}> {
    const {tag: _, ...untagged} = reference;
    const added = twin
      ? [
          makeEntry(manifest, {...untagged, digest: source}, source),
          markTwin(makeEntry(twin, reference, source), parseDigest(manifest.digest)),
        ]
      : [makeEntry(manifest, reference, source)];
    const name = reference.digest === undefined ? formatReference(reference) : undefined;
    let changed = true;
    await this.layout.updateIndex((entries) => {
      changed = !entries.some(
        (entry) =>
          originalDigestOf(entry) === manifest.digest && (name === undefined || tagOf(entry) === name),
      );
      return putEntries(entries, added);
    });
    const {id} = this.#loader.load(manifest);
    const image = this.#read(this.layout.readIndex()).images.find((item) => item.id === id);
    if (!image)
      throw new EngineError('image-not-found', `another command removed ${formatReference(reference)}`);
    return {image, changed};
  }

  /**
   * Takes a manifest in whose blobs are all in the layout and that came from no registry: the last step of a load. Its names
   * may be none; whoever had one loses it, and is told of if it is another image. `twin`: see `record`.
   */
  async add(
    manifest: Descriptor,
    references: readonly Reference[],
    twin?: Descriptor,
  ): Promise<{image: StoredImage; replaced: {reference: Reference; id: Digest}[]}> {
    const {id} = this.#loader.load(manifest);
    const own = makeLocalEntry(manifest);
    const named = twin ? markTwin(makeLocalEntry(twin), parseDigest(manifest.digest)) : own;
    const added = [own, named, ...references.map((reference) => nameEntry(named, reference))];
    let replaced: {reference: Reference; id: Digest}[] = [];
    await this.layout.updateIndex((entries) => {
      const {images} = this.#read(entries);
      replaced = references.flatMap((reference) => {
        const before = findByReference(images, reference);
        return before && before.id !== id ? [{reference, id: before.id}] : [];
      });
      return putEntries(entries, added);
    });
    const image = this.#read(this.layout.readIndex()).images.find((item) => item.id === id);
    if (!image) throw new EngineError('image-not-found', `another command removed image ${id}`);
    return {image, replaced};
  }

  /** What `save` takes for these names: see selectImages. */
  select(names: readonly string[]): (SavedImage & {id: Digest})[] {
    const entries = this.layout.readIndex();
    const content = this.#read(entries);
    const identified = entries.map((entry) => ({entry, id: this.#loader.tryLoad(entry)?.id}));
    return selectImages(names, identified, content).map(({id, entry, references}) => {
      const {manifest, diffIds} = this.#loader.load(entry);
      const original = originalDigestOf(entry);
      const known = original === entry.digest ? undefined : entries.find(({digest}) => digest === original);
      return {id, entry, references, manifest, diffIds, ...(known && {originalBytes: known.size})};
    });
  }

  /**
   * Gives an image one more name, and returns its ID; whoever had that name loses it. `text` is what `resolve` takes,
   * and throws what that throws.
   */
  async tag(text: string, reference: Reference): Promise<Digest> {
    await this.layout.updateIndex((entries) => {
      const {id} = resolveIn(this.#read(entries), text);
      const own = entries.filter((entry) => this.#loader.tryLoad(entry)?.id === id);
      const named = own.find(isTwin) ?? own[0];
      if (!named) throw new Error(`no entry of index.json leads to image ${id}`);
      return putEntries(entries, [nameEntry(named, reference)]);
    });
    return (await this.resolve(formatReference(reference))).id;
  }

  /**
   * Removes a name or an image by Docker's rules for `rmi`; blobs stay until `collect`. `usersOf` names the containers
   * made of an image. Throws EngineError 'image-in-use' with Docker's words, and what `resolve` throws; an image that is
   * damaged can be removed.
   */
  async remove(
    text: string,
    options: {force?: boolean; usersOf: (id: Digest) => ImageUser[] | Promise<ImageUser[]>},
  ): Promise<ImageRemoval> {
    let removal: ImageRemoval = {untagged: [], deleted: []};
    await this.layout.updateIndex(async (entries) => {
      const state = this.#read(entries);
      const damaged = findDamaged(state.damaged, text);
      if (damaged) {
        const going = entries.filter((entry) => isMeant(entry, damaged.manifestDigest, text));
        const rest = entries.filter((entry) => !going.includes(entry));
        removal = {
          untagged: going.flatMap((entry) => tagOf(entry) ?? []).map(familiar),
          deleted: rest.some(({digest}) => digest === damaged.manifestDigest) ? [] : [damaged.manifestDigest],
        };
        return rest;
      }
      const image = resolveIn(state, text);
      const users = await options.usersOf(image.id);
      const plan = planRemoval({image, text, users, force: options.force ?? false});
      removal = {
        untagged: [...plan.tags, ...plan.repoDigests].map(familiar),
        deleted: plan.isDeleted ? [image.id] : [],
      };
      return dropRedundant(
        entries.flatMap((entry) => {
          if (this.#loader.tryLoad(entry)?.id !== image.id) return [entry];
          if (plan.isDeleted) return [];
          const tag = plan.tags.includes(tagOf(entry) ?? '');
          return [stripEntry(entry, {tag, source: plan.repoDigests.includes(repoDigestOf(entry) ?? '')})];
        }),
      );
    });
    return removal;
  }

  /**
   * Removes the blobs that no entry leads to, and old partial downloads. The caller holds store.lock exclusively.
   * While a manifest is damaged no blob goes: nobody knows which ones it needs.
   */
  async collect(options: {partialAgeMs?: number} = {}): Promise<{deleted: Digest[]; bytes: number}> {
    const {needed, isComplete} = this.#neededBlobs();
    if (!isComplete) return {deleted: [], bytes: 0};
    return this.layout.collect(needed, options.partialAgeMs ?? partialAgeMs);
  }

  #neededBlobs(): {needed: Set<Digest>; isComplete: boolean} {
    const needed = new Set<Digest>();
    let isComplete = true;
    for (const entry of this.layout.readIndex()) {
      const digest = parseDigest(entry.digest);
      needed.add(digest);
      try {
        const manifest = this.#loader.readManifest(entry);
        for (const part of [manifest.config, ...manifest.layers]) needed.add(parseDigest(part.digest));
      } catch (error) {
        if (!isEngineError(error)) throw error;
        isComplete = false;
      }
    }
    return {needed, isComplete};
  }

  #read(entries: readonly Descriptor[]): StoreContent {
    return readContent(entries, this.#loader);
  }
}

function familiar(reference: string): string {
  return familiarReference(parseReference(reference));
}

// By the digest every name of an image is meant, by a name that one alone.
function isMeant(entry: Descriptor, digest: Digest, text: string): boolean {
  if (entry.digest !== digest) return false;
  const name = parseImageName(text);
  return (
    name.kind === 'id' || (name.reference !== undefined && tagOf(entry) === formatReference(name.reference))
  );
}
