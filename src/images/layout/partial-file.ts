// A download in flight: a file that grows, locked by whoever fills it. It outlives a killed pull, to be gone on with.
import {constants} from 'node:fs';
import {type FileHandle, open, rm, stat} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {Durability} from '../../config/config.ts';
import {EngineError, errnoOf} from '../../errors.ts';
import {SpaceWatch} from '../../system/free-space.ts';
import {tryFlock} from '../../system/libc.ts';
import {wait} from '../cancellation.ts';
import {diskFullHint} from '../disk-full.ts';

const readBytes = 1024 * 1024;
/** Written in pieces of this size. */
const writeBytes = 512 * 1024;
/** More than this is never waiting to be written. */
const maxPendingBytes = 8 * 1024 * 1024;
const maxLockDelayMs = 250;

export class PartialFile implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #space: SpaceWatch;
  #sizeBytes: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> | undefined;
  #failure: unknown;

  readonly #isDurable: boolean;

  private constructor(
    file: FileHandle,
    path: string,
    {sizeBytes, isDurable}: {sizeBytes: number; isDurable: boolean},
  ) {
    this.#isDurable = isDurable;
    this.#file = file;
    this.#path = path;
    this.#space = new SpaceWatch(dirname(path));
    this.#sizeBytes = sizeBytes;
  }

  /**
   * Opens or creates the file and locks it, waiting for another pull that fills it; `onWait` is called once when that is
   * so. Throws EngineError 'cancelled', 'disk-full'.
   */
  static async open(
    path: string,
    options: {signal?: AbortSignal; onWait?: () => void; durability?: Durability} = {},
  ): Promise<PartialFile> {
    for (let delayMs = 2; ; delayMs = Math.min(delayMs * 2, maxLockDelayMs)) {
      const file = await openFile(path);
      try {
        if (tryFlock(file.fd, 'exclusive')) {
          const [own, current] = [await file.stat(), await stat(path).catch(() => undefined)];
          // Published or removed since it was opened: that file is nobody's download any more.
          if (own.ino === current?.ino)
            return new PartialFile(file, path, {
              sizeBytes: own.size,
              isDurable: options.durability !== 'fast',
            });
          delayMs = 1;
        }
      } catch (error) {
        await file.close();
        throw error;
      }
      await file.close();
      if (delayMs === 4) options.onWait?.();
      await wait(delayMs, options.signal);
    }
  }

  /** Bytes in the file, and those on their way into it. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The content from an offset on, as it was when this was called. */
  async *read(offset: number, endBytes: number): AsyncGenerator<Uint8Array> {
    for (let position = offset; position < endBytes; ) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(readBytes, endBytes - position));
      const {bytesRead} = await this.#file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) throw new Error(`${this.#path} became shorter while it was read`);
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** Adds bytes, which must not change afterwards. Waits only when the disk is behind. Throws EngineError 'disk-full'. */
  async append(chunk: Uint8Array): Promise<void> {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    this.#sizeBytes += chunk.length;
    if (this.#pendingBytes >= writeBytes) this.#writing ??= this.#write();
    if (this.#pendingBytes > maxPendingBytes) await this.flush();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits until everything is written. */
  async flush(): Promise<void> {
    while (this.#failure === undefined && (this.#writing || this.#pending.length > 0)) {
      this.#writing ??= this.#write();
      await this.#writing;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  // Writes what is pending, and what comes to it meanwhile, until less than a piece is left. Never rejects.
  async #write(): Promise<void> {
    try {
      do {
        this.#space.add(this.#pendingBytes);
        const chunks = this.#pending;
        let position = this.#sizeBytes - this.#pendingBytes;
        this.#pending = [];
        this.#pendingBytes = 0;
        position += await writeAll(this.#file, chunks, position);
      } while (this.#pendingBytes >= writeBytes);
    } catch (error) {
      this.#failure = diskError(error, this.#path);
    } finally {
      this.#writing = undefined;
    }
  }

  /** Makes the content durable, unless the file was opened with `fast`. */
  async sync(): Promise<void> {
    await this.flush();
    if (!this.#isDurable) return;
    await this.#file.datasync().catch((error: unknown) => {
      throw diskError(error, this.#path);
    });
  }

  /** Empties the file, to begin again. */
  async truncate(): Promise<void> {
    await this.flush().catch(() => undefined);
    this.#failure = undefined;
    await this.#file.truncate(0);
    this.#sizeBytes = 0;
  }

  /** Removes the file. The lock stays until the end. */
  async remove(): Promise<void> {
    await rm(this.#path, {force: true});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What did not reach the disk is fetched again.
    await this.flush().catch(() => undefined);
    // Nothing came: there is nothing to go on with.
    if (this.#sizeBytes === 0) await this.remove();
    await this.#file.close();
  }
}

/** Removes a partial file unless another pull is filling it. */
export async function removePartial(path: string): Promise<void> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return;
  try {
    if (tryFlock(file.fd, 'exclusive')) await rm(path, {force: true});
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o644);
  } catch (error) {
    throw diskError(error, path);
  }
}

async function writeAll(file: FileHandle, chunks: Uint8Array[], position: number): Promise<number> {
  const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  let {bytesWritten: written} = await file.writev(chunks, position);
  if (written === total) return total;
  const rest = Buffer.concat(chunks);
  while (written < total) {
    written += (await file.write(rest, written, total - written, position + written)).bytesWritten;
  }
  return total;
}

function diskError(error: unknown, path: string): unknown {
  const code = errnoOf(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new EngineError('disk-full', `no space left for the download ${path}`, {
    hint: diskFullHint,
    cause: error,
  });
}
