// The files of an archive that can only be read once, from its beginning: each is written down as it comes, next to the store's
// blobs, so that a blob only has to be moved to its place. Small ones stay in memory.
import {createHash, type Hash, randomUUID} from 'node:crypto';
import {closeSync, createReadStream, openSync, rmSync, statfsSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {EngineError, errnoOf} from '../../errors.ts';
import {checkCancelled, untilCancelled} from '../cancellation.ts';
import type {Digest} from '../digest.ts';
import {diskFullHint} from '../disk-full.ts';
import type {ImageLayout} from '../layout/image-layout.ts';
import {blobOf} from '../layout/layout-names.ts';
import {isSoundBlob} from '../layout/sound-blob.ts';
import {
  type ArchiveMembers,
  type ArchiveTools,
  type MemberEntry,
  type MemberSink,
  readingArchive,
} from './archive-members.ts';
import {MemberTable} from './member-table.ts';

const maxSmallBytes = 64 * 1024;
const maxMemoryBytes = 32 * 1024 * 1024;
/** What follows the end of an archive is read to its end, for the sake of who writes it, but no endless zeros. */
const maxTrailingBytes = 16 * 1024 * 1024;
const readBytes = 1024 * 1024;

/** In memory, in a file of this archive's own, or in a blob that the store has already. */
type Place =
  | {kind: 'memory'; bytes: Buffer; sizeBytes: number}
  | {kind: 'file'; path: string; sizeBytes: number; digest: Digest}
  | {kind: 'blob'; path: string; sizeBytes: number};

export class SpooledMembers implements ArchiveMembers {
  readonly name: string;
  readonly #spool: Spool;

  private constructor(name: string, spool: Spool) {
    this.name = name;
    this.#spool = spool;
  }

  /**
   * Reads the whole archive; nothing of it stays when this throws. `name`: for messages. Throws EngineError 'archive-invalid',
   * 'disk-full', 'cancelled'.
   */
  static async read(
    name: string,
    bytes: AsyncIterable<Uint8Array>,
    {tools, layout, signal}: {tools: ArchiveTools; layout: ImageLayout; signal?: AbortSignal},
  ): Promise<SpooledMembers> {
    await layout.prepare();
    const spool = new Spool(name, layout);
    try {
      await readingArchive(name, tools, () => readAll(spool, bytes, tools, signal));
      return new SpooledMembers(name, spool);
    } catch (error) {
      spool.remove();
      throw error;
    }
  }

  sizeOf(member: string): number | undefined {
    return this.#spool.table.find(member)?.sizeBytes;
  }

  async *open(member: string, offset: number): AsyncGenerator<Uint8Array> {
    const place = this.#spool.table.find(member);
    if (!place) throw new Error(`nobody asked whether there is a ${member}`);
    if (place.kind === 'memory') yield place.bytes.subarray(offset);
    else yield* createReadStream(place.path, {start: offset, highWaterMark: readBytes});
  }

  fileOf(member: string): {path: string; digest: Digest} | undefined {
    const place = this.#spool.table.find(member);
    return place?.kind === 'file' ? place : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#spool.remove();
    await Promise.resolve();
  }
}

async function readAll(
  spool: Spool,
  bytes: AsyncIterable<Uint8Array>,
  tools: ArchiveTools,
  signal: AbortSignal | undefined,
): Promise<void> {
  const reader = tools.readTar(spool);
  let trailingBytes = 0;
  for await (const piece of tools.decompress(untilCancelled(bytes, signal))) {
    if (reader.hasEnded) trailingBytes += piece.length;
    else reader.write(piece);
    if (trailingBytes > maxTrailingBytes) break;
  }
  checkCancelled(signal);
  reader.finish();
}

interface OpenMember {
  name: string;
  sizeBytes: number;
  /** Of what goes to a file. */
  file?: {fd: number; path: string; hash: Hash};
  /** Of what goes to memory. */
  pieces: Buffer[];
}

// Writes are synchronous, as in the unpacking of layers: the kernel takes them into its cache, and nothing is to be done meanwhile.
class Spool implements MemberSink {
  readonly table: MemberTable<Place>;
  readonly #layout: ImageLayout;
  readonly #folder: string;
  readonly #prefix = `load-${randomUUID()}`;
  readonly #archive: string;
  #open: OpenMember | undefined;
  #files = 0;
  #memoryBytes = 0;

  constructor(archive: string, layout: ImageLayout) {
    this.table = new MemberTable(archive);
    this.#archive = archive;
    this.#layout = layout;
    this.#folder = join(layout.root, 'partial');
  }

  entry(entry: MemberEntry): void {
    if (!this.table.add(entry)) return;
    const {name, dataBytes: sizeBytes} = entry;
    const digest = blobOf(name);
    if (digest !== undefined && sizeBytes > maxSmallBytes && this.#hasSoundBlob(digest, sizeBytes)) {
      this.table.put(name, {kind: 'blob', path: this.#layout.blobPath(digest), sizeBytes});
      return;
    }
    const isSmall = sizeBytes <= maxSmallBytes && this.#memoryBytes + sizeBytes <= maxMemoryBytes;
    this.#open = {name, sizeBytes, pieces: [], ...(!isSmall && {file: this.#newFile(sizeBytes)})};
    if (isSmall) this.#memoryBytes += sizeBytes;
  }

  data(bytes: Buffer): void {
    const member = this.#open;
    if (!member) return;
    // The bytes are only valid during the call.
    if (!member.file) member.pieces.push(Buffer.from(bytes));
    else {
      member.file.hash.update(bytes);
      this.#write(member.file.fd, bytes);
    }
  }

  entryEnd(): void {
    const member = this.#open;
    if (!member) return;
    this.#open = undefined;
    const {name, sizeBytes, file, pieces} = member;
    if (!file) {
      this.table.put(name, {kind: 'memory', bytes: Buffer.concat(pieces), sizeBytes});
      return;
    }
    closeSync(file.fd);
    this.table.put(name, {
      kind: 'file',
      path: file.path,
      sizeBytes,
      digest: `sha256:${file.hash.digest('hex')}`,
    });
  }

  /** Idempotent. What was moved away is not missed. */
  remove(): void {
    if (this.#open?.file) closeSync(this.#open.file.fd);
    this.#open = undefined;
    for (let index = 0; index < this.#files; index++) rmSync(this.#path(index), {force: true});
  }

  // A damaged one goes when it is unpacked, and the bytes that come now come only once.
  #hasSoundBlob(digest: Digest, sizeBytes: number): boolean {
    return this.#layout.hasBlob(digest, sizeBytes) && isSoundBlob(this.#layout.blobPath(digest), digest);
  }

  #path(index: number): string {
    return join(this.#folder, `${this.#prefix}-${index}`);
  }

  #newFile(sizeBytes: number): {fd: number; path: string; hash: Hash} {
    const {bavail, bsize} = statfsSync(this.#folder);
    if (sizeBytes > bavail * bsize) throw this.#full();
    const path = this.#path(this.#files++);
    return {fd: openSync(path, 'wx', 0o644), path, hash: createHash('sha256')};
  }

  #write(fd: number, bytes: Buffer): void {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    } catch (error) {
      if (!['ENOSPC', 'EDQUOT'].includes(errnoOf(error) ?? '')) throw error;
      throw this.#full(error);
    }
  }

  #full(cause?: unknown): EngineError {
    return new EngineError(
      'disk-full',
      `${this.#archive} does not fit in ${this.#layout.root}: its disk is full`,
      {
        hint: diskFullHint,
        cause,
      },
    );
  }
}
