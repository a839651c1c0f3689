// One blob on its way from a registry or out of an archive: each byte is hashed, written to the partial file and handed on, once. Goes on after
// a dropped connection, and after a killed pull. Knows nothing of what the bytes mean.
import {EngineError, isEngineError} from '../../errors.ts';
import {checkCancelled} from '../cancellation.ts';
import {type Digest, startDigest} from '../digest.ts';
import type {ImageSource} from '../image-source.ts';
import type {PartialFile} from '../layout/partial-file.ts';
import {isNetworkFailure, networkError} from './network-failure.ts';
import {PassingFailure, waitBeforeRetry} from './retry.ts';

export interface BlobDownloadOptions {
  source: ImageSource;
  /** The image, for messages. */
  subject: string;
  digest: Digest;
  sizeBytes: number;
  partial: PartialFile;
  signal?: AbortSignal | undefined;
  onDownloaded?: (bytes: number) => void;
}

/**
 * Hands `take` the download, which begins with what is in the partial file. That may not be what it was: after a power cut, say. Then
 * it begins anew, once. Throws what `take` throws.
 */
export async function downloadBlob<Result>(
  options: BlobDownloadOptions,
  take: (blob: BlobDownload) => Promise<Result>,
): Promise<Result> {
  for (;;) {
    const blob = new BlobDownload(options);
    try {
      return await take(blob);
    } catch (error) {
      if (!blob.isResumed || !isContentError(error)) throw error;
      await options.partial.truncate();
    }
  }
}

/** True when other bytes might have done. */
export function isContentError(error: unknown): boolean {
  return isEngineError(error, 'digest-mismatch', 'size-mismatch', 'layer-invalid', 'layer-hostile');
}

/** A server that drops every connection after a few bytes is given up on in the end. */
const maxConnections = 200;

export class BlobDownload {
  readonly #options: BlobDownloadOptions;
  readonly #hash: ReturnType<typeof startDigest>;
  #offset = 0;
  #isVerified = false;
  #connections = 0;
  // Connections in a row that brought nothing, and what broke the last one.
  #fruitless = 0;
  #broken: unknown;
  /** True when an earlier pull left a part of the blob. */
  readonly isResumed: boolean;
  /** What ended `chunks`, if something did: a consumer may have wrapped it in an error of its own. */
  failure: unknown;
  readonly #storedBytes: number;

  constructor(options: BlobDownloadOptions) {
    this.#options = options;
    this.#hash = startDigest(options.digest);
    this.#storedBytes = options.partial.sizeBytes;
    this.isResumed = this.#storedBytes > 0;
  }

  /**
   * The blob's bytes, from where the last call ended; verified once the last one is taken. Throws EngineError
   * 'digest-mismatch', 'size-mismatch', 'disk-full', 'registry-…', 'cancelled'.
   */
  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#storedChunks();
      while (this.#offset < this.#options.sizeBytes) yield* this.#networkChunks();
      this.#verify();
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  }

  /** Takes what nobody has taken, verifies and makes the file durable. Throws what `chunks` throws. */
  async finish(): Promise<void> {
    for await (const _ of this.chunks()) checkCancelled(this.#options.signal);
    await this.#options.partial.sync();
  }

  async *#storedChunks(): AsyncGenerator<Uint8Array> {
    const {partial, sizeBytes, signal} = this.#options;
    if (this.#storedBytes > sizeBytes) throw this.#sizeMismatch();
    if (this.#offset >= this.#storedBytes) return;
    for await (const chunk of partial.read(this.#offset, this.#storedBytes)) {
      checkCancelled(signal);
      this.#count(chunk);
      yield chunk;
    }
  }

  // One connection: ends with the blob, or returns after a failure that another connection may mend.
  async *#networkChunks(): AsyncGenerator<Uint8Array> {
    const {source, digest, sizeBytes, partial, signal} = this.#options;
    const start = this.#offset;
    const answer = await source.openBlob(digest, start, sizeBytes, signal);
    this.#connections++;
    let skipBytes = start - answer.offset;
    const body = answer.body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#next(body);
        if (next === undefined) break;
        // A server that knows no ranges sends what we have once more.
        const chunk = skipBytes > 0 ? next.subarray(Math.min(skipBytes, next.length)) : next;
        skipBytes -= next.length - chunk.length;
        if (chunk.length === 0) continue;
        if (this.#offset + chunk.length > sizeBytes) throw this.#sizeMismatch();
        this.#count(chunk);
        await partial.append(chunk);
        yield chunk;
      }
    } finally {
      answer.close();
    }
    if (this.#offset > start) this.#fruitless = 0;
    if (this.#offset < sizeBytes) await this.#pause();
  }

  // The next bytes; undefined at the end of the body and when the connection broke.
  async #next(body: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
    try {
      const next = await body.next();
      return next.done ? undefined : next.value;
    } catch (error) {
      if (isEngineError(error) || !isNetworkFailure(error)) throw error;
      this.#broken = error;
      return undefined;
    }
  }

  // As long as bytes come, a connection that breaks is only a delay.
  async #pause(): Promise<void> {
    const {source, subject, signal} = this.#options;
    const error = networkError(
      this.#broken ?? Object.assign(new Error('short answer'), {code: 'ECONNRESET'}),
      source.name,
    );
    if (this.#connections >= maxConnections) {
      throw new EngineError(error.code, `${error.message}, again and again, while sending ${subject}`, {
        cause: error,
      });
    }
    await waitBeforeRetry(new PassingFailure(error), this.#fruitless++, source.timing, signal);
    this.#broken = undefined;
  }

  #count(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#offset += chunk.length;
    this.#options.onDownloaded?.(this.#offset);
  }

  #verify(): void {
    if (this.#isVerified) return;
    const {digest, subject, source} = this.#options;
    const actual = this.#hash.end();
    this.#isVerified = true;
    if (actual === digest) return;
    throw new EngineError(
      'digest-mismatch',
      `blob ${digest} of ${subject} arrived from ${source.name} as ${actual}`,
      {hint: source.damageHint},
    );
  }

  #sizeMismatch(): EngineError {
    const {digest, subject, sizeBytes} = this.#options;
    return new EngineError(
      'size-mismatch',
      `blob ${digest} of ${subject} is longer than the ${sizeBytes} bytes that its manifest says`,
    );
  }
}
