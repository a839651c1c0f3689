// The engine's images: pulling, pushing, listing and removing them, with what that means for layers and containers.
import {reconcileContainers} from '../containers/reconcile.ts';
import {isEngineError} from '../errors.ts';
import {type ImageAction, pruneEvent} from '../events.ts';
import {type HistoryStep, historyOf} from '../images/image-history.ts';
import type {ImageRemoval} from '../images/image-store.ts';
import {type ImageSummary, summarizeImage} from '../images/image-summary.ts';
import {parsePlatform, rankPlatform} from '../images/platform.ts';
import {familiarReference, formatReference, parseNewName} from '../images/reference.ts';
import type {StoredImage} from '../images/stored-image.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {ArchiveInput, LoadOptions} from './image-archives.ts';
import type {SaveOptions} from './image-saving.ts';
import type {ImportOptions, ImportSource} from './import.ts';
import {collectGarbage, type EngineParts} from './parts.ts';
import {type PruneOptions, pruneFilter} from './prune.ts';
import type {PulledImage, PullOptions} from './pull.ts';
import type {PushedImage, PushOptions} from './push.ts';
import {tellingRefusal} from './refusals.ts';

export interface LoadedImage {
  image: StoredImage;
  /** Canonical names that the archive gave it. */
  references: string[];
  /** Images that had one of those names until now. */
  replaced: {reference: string; id: string}[];
}

export type ImageHistoryStep = Omit<HistoryStep, 'chainId'> & {
  /** Of the files of its layer. */
  sizeBytes: number;
};

/** The images of one engine: `engine.images`. */
export class ImageEngine {
  readonly #parts: EngineParts;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /**
   * Fetches an image, or what is missing of it. Nothing of a failed pull is visible. See pullImage for the errors; one that
   * can run nowhere is 'image-damaged' or 'platform-mismatch'.
   */
  async pull(text: string, options: PullOptions = {}): Promise<PulledImage> {
    const refused = {type: 'image', task: 'pull', id: text, attributes: {name: text}} as const;
    return await tellingRefusal(this.#parts, refused, async () => {
      const {pullByName} = await import('./pull.ts');
      return await pullByName(this.#parts, text, options);
    });
  }

  /**
   * Fetches every tag of a repository; what is no image for the platform is passed over and told. Throws as `pull`, and stops at
   * the first tag that fails.
   */
  async pullAll(text: string, options: PullOptions = {}): Promise<PulledImage[]> {
    const refused = {type: 'image', task: 'pull', id: text, attributes: {name: text}} as const;
    return await tellingRefusal(this.#parts, refused, async () => {
      const {pullAll} = await import('./pull-all.ts');
      return await pullAll(this.#parts, text, options);
    });
  }

  /**
   * Sends an image, or what the registry lacks of it, under a name that it has here. Returns what was pushed: more than one
   * with `allTags`. Throws EngineError 'image-not-found', 'platform-mismatch', and see pushImage.
   */
  async push(text: string, options: PushOptions = {}): Promise<PushedImage[]> {
    const {pushImages} = await import('./push.ts');
    return await pushImages(this.#parts, text, options);
  }

  /**
   * The image, pulled as `pull` says. Throws EngineError 'image-not-found' for one that is not there and never pulled,
   * 'image-damaged' for one that is there and cannot be read: what its name means elsewhere may be another image.
   */
  async ensure(
    text: string,
    pull: 'missing' | 'always' | 'never',
    options: PullOptions = {},
  ): Promise<StoredImage> {
    if (pull === 'always') return (await this.pull(text, options)).image;
    try {
      const image = await this.#parts.images.resolve(text);
      if (options.platform === undefined || isFor(image, options.platform)) return image;
    } catch (error) {
      if (!isEngineError(error, 'image-not-found') || pull === 'never') throw error;
    }
    return (await this.pull(text, options)).image;
  }

  /**
   * Loads the images of an archive: Docker's or OCI's, compressed or not, or a folder with an OCI layout. Gives each one as soon as
   * it is in the store; nothing of an image that fails stays, those before it do. Throws EngineError 'archive-invalid',
   * 'archive-not-found', and what a pull throws of content that is not what it should be.
   */
  async *load(input: ArchiveInput, options: LoadOptions = {}): AsyncGenerator<LoadedImage> {
    const {loadArchive} = await import('./image-archives.ts');
    for await (const {image, references, replaced} of loadArchive(this.#parts, input, options)) {
      yield {
        image,
        references: references.map(formatReference),
        replaced: replaced.map(({reference, id}) => ({reference: formatReference(reference), id})),
      };
    }
  }

  /**
   * Makes an image of one layer of an archive of a root file system. The layer is the archive as it is. Nothing of one that is
   * none stays. Throws EngineError 'layer-invalid', 'layer-hostile', 'download-failed', 'invalid-option' for a change,
   * 'invalid-reference', 'invalid-platform', 'disk-full', 'cancelled', and what opening a file throws.
   */
  async import(source: ImportSource, options: ImportOptions = {}): Promise<StoredImage> {
    const {importImage} = await import('./import.ts');
    return await importImage(this.#parts, source, options);
  }

  /**
   * An archive of these images, as `load`, docker, podman and skopeo read it, in pieces; the same images give the same bytes. A name
   * without a tag means all tags of its repository, an id the image without a name. Every digest is verified while it is read.
   * Throws EngineError 'image-not-found', 'image-ambiguous', 'image-damaged', 'platform-mismatch', 'cancelled'.
   */
  async *save(names: readonly string[], options: SaveOptions = {}): AsyncGenerator<Uint8Array> {
    const {saveArchive} = await import('./image-saving.ts');
    yield* saveArchive(this.#parts, names, options);
  }

  /** Every image that is whole, newest first. */
  async list(): Promise<ImageSummary[]> {
    const images = await this.#parts.images.list();
    const users = Map.groupBy(this.#parts.containers.records.list(), (record) => record.imageId);
    return await Promise.all(
      images.map(async (image) =>
        summarizeImage(image, {
          sizeBytes: await this.#parts.layers.sizeOf(image.chainIds),
          containers: users.get(image.id)?.length ?? 0,
        }),
      ),
    );
  }

  /** An image by name, digest, id or beginning of the id. Throws EngineError 'image-not-found', 'image-ambiguous'. */
  async get(text: string): Promise<StoredImage & {sizeBytes: number}> {
    const image = await this.#parts.images.resolve(text);
    return {...image, sizeBytes: await this.#parts.layers.sizeOf(image.chainIds)};
  }

  /** How an image was made, the last step first. Throws what `get` throws. */
  async history(text: string): Promise<ImageHistoryStep[]> {
    const steps = historyOf(await this.#parts.images.resolve(text));
    return await Promise.all(
      steps.map(async ({chainId, ...step}) => ({
        ...step,
        sizeBytes: chainId === undefined ? 0 : await this.#parts.layers.sizeOf([chainId]),
      })),
    );
  }

  /** Removes a name, and with the last one the image. Docker's rules. Throws EngineError 'image-in-use' … */
  async remove(text: string, {force = false}: {force?: boolean} = {}): Promise<ImageRemoval> {
    await reconcileContainers(this.#parts.containers);
    const removed = await this.#take(text, {
      force,
      isRunning: ({status}) => status === 'running' || status === 'starting',
    });
    await collectGarbage(this.#parts);
    return removed;
  }

  /**
   * Gives an image one more name, NAME[:TAG]; an image that had it loses it. Throws EngineError 'image-not-found',
   * 'image-ambiguous', and 'invalid-reference' for a name that cannot be given.
   */
  async tag(text: string, target: string): Promise<void> {
    const reference = parseNewName(target);
    const id = await this.#parts.images.tag(text, reference);
    this.#tell('tag', {id, name: familiarReference(reference)});
  }

  /**
   * Removes the images that have no tag, or with `all` every image, but never one that a container is made of. Returns what
   * went, and how many bytes the store gave back.
   */
  async prune({all = false, ...options}: PruneOptions & {all?: boolean} = {}): Promise<{
    removed: ImageRemoval[];
    bytes: number;
  }> {
    const {until, matchesLabels} = pruneFilter(options);
    await reconcileContainers(this.#parts.containers);
    const removed: ImageRemoval[] = [];
    for (const {id, references, createdAt, config} of await this.#parts.images.list()) {
      if (!all && references.length > 0) continue;
      if (until !== undefined && (createdAt === undefined || createdAt >= until)) continue;
      if (!matchesLabels(config.config?.Labels ?? {})) continue;
      const gone = await this.#removeUnused(id);
      if (gone) removed.push(gone);
    }
    const bytes = await collectGarbage(this.#parts);
    this.#parts.tell(pruneEvent('image', bytes));
    return {removed, bytes};
  }

  // Any user counts as a running one, which no force takes the image from.
  async #removeUnused(id: string): Promise<ImageRemoval | undefined> {
    try {
      return await this.#take(id, {force: true, isRunning: () => true});
    } catch (error) {
      if (isEngineError(error, 'image-in-use', 'image-not-found')) return undefined;
      throw error;
    }
  }

  async #take(
    text: string,
    {force, isRunning}: {force: boolean; isRunning: (record: ContainerRecord) => boolean},
  ): Promise<ImageRemoval> {
    const records = this.#parts.containers.records.list();
    let imageId: string | undefined;
    const removed = await this.#parts.images.remove(text, {
      force,
      usersOf(id) {
        imageId = id;
        return records
          .filter((record) => record.imageId === id)
          .map((record) => ({containerId: record.id, isRunning: isRunning(record)}));
      },
    });
    // Docker does not tell of the digests that go with a tag.
    const tags = removed.untagged.filter((name) => !name.includes('@'));
    for (const name of tags.length > 0 ? tags : removed.untagged)
      this.#tell('untag', {id: imageId ?? removed.deleted[0] ?? name, name});
    for (const id of removed.deleted) this.#tell('delete', {id, name: id});
    return removed;
  }

  #tell(action: ImageAction, {id, name}: {id: string; name: string}): void {
    this.#parts.tell({type: 'image', action, actor: {id, attributes: {name}}, time: new Date()});
  }
}

/** crundle's default everywhere: on other machines the kernel runs arm64 programs through qemu-user. */
export const defaultPlatform = 'linux/arm64';

function isFor(image: StoredImage, platform: string): boolean {
  return rankPlatform(image.platform, parsePlatform(platform)) !== undefined;
}
