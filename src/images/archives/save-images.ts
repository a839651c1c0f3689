// A save: the files of an archive with their bytes, each verified as it is read. How they become one stream is the storage's
// business. Nothing is written here, and nothing is in memory but a piece.
import {createReadStream} from 'node:fs';
import {EngineError, errnoOf} from '../../errors.ts';
import {checkCancelled} from '../cancellation.ts';
import {type Digest, startDigest} from '../digest.ts';
import type {ImageStore} from '../image-store.ts';
import type {ImageLayout} from '../layout/image-layout.ts';
import {type ArchiveFormat, type PlannedFile, planArchive} from './save-plan.ts';

export interface SaveRequest {
  /** As a person names images: see selectImages. */
  names: readonly string[];
  /** Default: both. */
  format?: ArchiveFormat;
  store: ImageStore;
  /** The plain bytes of a blob, whatever its compression. The storage's. */
  decompress(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  signal?: AbortSignal;
}

export interface ArchiveFile {
  name: string;
  sizeBytes: number;
  data: AsyncIterable<Uint8Array>;
}

const readBytes = 1024 * 1024;

/**
 * The images' IDs, and the files of the archive in their order. The caller holds store.lock shared until it has read them. Throws
 * EngineError as selectImages; while reading 'image-damaged', 'cancelled'.
 */
export function saveImages(request: SaveRequest): {ids: Digest[]; files: AsyncIterable<ArchiveFile>} {
  const {names, format, store} = request;
  const images = store.select(names);
  const files = planArchive(images, format);
  return {ids: [...new Set(images.map(({id}) => id))], files: readFiles(request, files)};
}

async function* readFiles(request: SaveRequest, files: readonly PlannedFile[]): AsyncGenerator<ArchiveFile> {
  const {layout} = request.store;
  // Before anything is written: whoever reads a pipe cannot be told afterwards.
  for (const file of files) {
    if (file.kind === 'blob') checkBlob(layout, file.digest, file.sizeBytes);
    if (file.kind === 'layer') checkBlob(layout, file.digest, file.blobBytes);
  }
  for (const file of files) {
    checkCancelled(request.signal);
    yield await read(request, file);
  }
}

async function read(request: SaveRequest, file: PlannedFile): Promise<ArchiveFile> {
  const {name} = file;
  if (file.kind === 'text') {
    const bytes = Buffer.from(file.text);
    return {name, sizeBytes: bytes.length, data: once(bytes)};
  }
  if (file.kind === 'blob') return {name, sizeBytes: file.sizeBytes, data: readBlob(request, file.digest)};
  // A header says the size before the data comes: the first reading counts.
  let sizeBytes = 0;
  for await (const piece of request.decompress(readBlob(request, file.digest))) sizeBytes += piece.length;
  return {name, sizeBytes, data: readLayer(request, file)};
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* readBlob({store, signal}: SaveRequest, digest: Digest): AsyncGenerator<Uint8Array> {
  const path = store.layout.blobPath(digest);
  const hash = startDigest(digest);
  try {
    for await (const piece of createReadStream(path, {highWaterMark: readBytes})) {
      checkCancelled(signal);
      hash.update(piece);
      yield piece;
    }
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw damaged(`blob ${digest} is missing from ${store.layout.root}`);
  }
  if (hash.end() !== digest)
    throw damaged(`blob ${digest} in ${store.layout.root} has other content than its name says`);
}

async function* readLayer(
  request: SaveRequest,
  {digest, diffId}: {digest: Digest; diffId: Digest},
): AsyncGenerator<Uint8Array> {
  const hash = startDigest(diffId);
  for await (const piece of request.decompress(readBlob(request, digest))) {
    hash.update(piece);
    yield piece;
  }
  if (hash.end() !== diffId) throw damaged(`blob ${digest} is not the layer ${diffId}`);
}

function checkBlob(layout: ImageLayout, digest: Digest, sizeBytes: number): void {
  if (layout.hasBlob(digest, sizeBytes)) return;
  throw damaged(`blob ${digest} is missing from ${layout.root}`);
}

function damaged(message: string): EngineError {
  return new EngineError('image-damaged', message, {hint: 'pull the image again to mend it'});
}
