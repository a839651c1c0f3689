// The blob of a layer that is made here: an archive, compressed into a file beside the layout's blobs while both its digests are
// computed. new-image.ts makes it a blob.
import {createHash, type Hash, randomUUID} from 'node:crypto';
import {open, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {EngineError, errnoOf} from '../../errors.ts';
import {SpaceWatch} from '../../system/free-space.ts';
import {gzip} from '../archives/gzip.ts';
import type {Digest} from '../digest.ts';
import {diskFullHint} from '../disk-full.ts';
import type {ImageLayout} from './image-layout.ts';

export interface LayerBlob extends AsyncDisposable {
  /** Of the archive as it was given. */
  diffId: Digest;
  /** Of the file. */
  digest: Digest;
  sizeBytes: number;
  /** Where the file is, until it is a blob or this is disposed of. */
  path: string;
}

/** An archive without entries: Docker makes no layer of it. */
export const emptyDiffId: Digest = `sha256:${createHash('sha256').update(Buffer.alloc(1024)).digest('hex')}`;

/**
 * Not yet durable. Nothing stays when this throws, or more than a file that the next collection removes when it is killed.
 * Throws EngineError 'disk-full', and what `archive` throws.
 */
export async function writeLayerBlob(
  layout: ImageLayout,
  archive: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<LayerBlob> {
  await layout.prepare();
  const path = join(layout.root, 'partial', `layer-${randomUUID()}`);
  const remove = async () => await rm(path, {force: true});
  const [plain, compressed] = [createHash('sha256'), createHash('sha256')];
  let sizeBytes = 0;
  try {
    const space = new SpaceWatch(layout.root);
    const file = await open(path, 'wx', 0o644);
    try {
      for await (const piece of gzip(hashing(archive, plain))) {
        compressed.update(piece);
        sizeBytes += piece.length;
        space.add(piece.length);
        await file.writeFile(piece);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    await remove();
    throw diskError(error, layout.root);
  }
  const digest = (hash: Hash): Digest => `sha256:${hash.digest('hex')}`;
  return {diffId: digest(plain), digest: digest(compressed), sizeBytes, path, [Symbol.asyncDispose]: remove};
}

function diskError(error: unknown, folder: string): unknown {
  if (!['ENOSPC', 'EDQUOT'].includes(errnoOf(error) ?? '')) return error;
  return new EngineError('disk-full', `the new layer does not fit in ${folder}: its disk is full`, {
    hint: diskFullHint,
    cause: error,
  });
}

async function* hashing(
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
  hash: Hash,
): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}
