// The engine's images: pulling, listing and removing them, with what that means for layers and containers.
import {reconcileContainers} from './containers/reconcile.ts';
import {collectGarbage, type EngineParts, useStore} from './engine-parts.ts';
import {tellingRefusal} from './engine-refusals.ts';
import type {ImageAction} from './events.ts';
import {type ImageSummary, summarizeImage} from './images/image-summary.ts';
import {parsePlatform} from './images/platform.ts';
import type {ProgressListener} from './images/pull-progress.ts';
import {familiarReference, formatReference, parseReference} from './images/reference.ts';
import type {StoredImage} from './images/stored-image.ts';

export interface PullOptions {
  /** `os/architecture[/variant]`. Default: linux/arm64. */
  platform?: string;
  onProgress?: ProgressListener;
  signal?: AbortSignal;
}

/** The images of one engine: `engine.images`. */
export class ImageEngine {
  readonly #parts: EngineParts;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /** Fetches an image, or what is missing of it. Nothing of a failed pull is visible. See pullImage for the errors. */
  async pull(
    text: string,
    options: PullOptions = {},
  ): Promise<{image: StoredImage; reference: string; digest: string; changed: boolean}> {
    const refused = {type: 'image', task: 'pull', id: text, attributes: {name: text}} as const;
    return await tellingRefusal(this.#parts, refused, async () => await this.#pull(text, options));
  }

  async #pull(text: string, {platform, onProgress, signal}: PullOptions) {
    // Loaded here: the registry client is a third of the program, and only pulls need it.
    const [{pullImage}, {readCredentials}] = await Promise.all([
      import('./images/pull.ts'),
      import('./images/credentials.ts'),
    ]);
    const reference = parseReference(text);
    const {config, images, layers} = this.#parts;
    using _store = await useStore(this.#parts);
    const result = await pullImage({
      reference,
      platform: parsePlatform(platform ?? defaultPlatform),
      store: images,
      layers,
      registry: {
        insecureRegistries: config.insecureRegistries,
        mirrors: config.registryMirrors,
        credentials: readCredentials(),
        timing: {maxRetries: config.maxDownloadAttempts - 1},
      },
      maxConcurrentDownloads: config.maxConcurrentDownloads,
      ...(onProgress && {onProgress}),
      ...(signal && {signal}),
    });
    const name = familiarReference(reference);
    this.#tell('pull', name, name);
    return {...result, reference: formatReference(reference)};
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

  /** Removes a name, and with the last one the image. Docker's rules. Throws EngineError 'image-in-use' … */
  async remove(
    text: string,
    {force = false}: {force?: boolean} = {},
  ): Promise<{untagged: string[]; deleted: string[]}> {
    await reconcileContainers(this.#parts.containers);
    const records = this.#parts.containers.records.list();
    const removed = await this.#parts.images.remove(text, {
      force,
      usersOf: (imageId) => {
        const users = records.filter((record) => record.imageId === imageId);
        return users.map(({id, status}) => ({
          containerId: id,
          isRunning: status === 'running' || status === 'starting',
        }));
      },
    });
    for (const name of removed.untagged) this.#tell('untag', removed.deleted[0] ?? name, name);
    for (const id of removed.deleted) this.#tell('delete', id, id);
    await collectGarbage(this.#parts);
    return removed;
  }

  #tell(action: ImageAction, id: string, name: string): void {
    this.#parts.tell({type: 'image', action, actor: {id, attributes: {name}}, time: new Date()});
  }
}

/** crundle's default everywhere: on other machines the kernel runs arm64 programs through qemu-user. */
export const defaultPlatform = 'linux/arm64';
