// A blob on its way into files: decompressed, hashed and read as an archive, piece by piece.
import {createHash} from 'node:crypto';
import {EngineError} from '../errors.ts';
import type {SpaceWatch} from '../system/free-space.ts';
import {decompress} from './decompress.ts';
import type {EarlyWriteback} from './early-writeback.ts';
import type {LayerUnpacker} from './layer-unpacker.ts';
import {TarReader} from './tar-reader.ts';

export interface UnpackOptions {
  /** As the manifest says. Not relied on: the data itself tells its compression. */
  mediaType: string;
  /** Digest of the uncompressed archive, which the unpacked one must have. */
  diffId: string;
  signal?: AbortSignal;
  /** Called with the number of bytes of the blob taken so far. */
  onUnpacked?: (bytes: number) => void;
}

/** Throws EngineError 'digest-mismatch', 'cancelled', and what the archive, the files and `blob` throw. */
export async function unpackBlob(
  unpacker: LayerUnpacker,
  blob: AsyncIterable<Uint8Array>,
  {
    diffId,
    signal,
    onUnpacked,
    writeback,
    space,
  }: UnpackOptions & {writeback: EarlyWriteback | undefined; space: SpaceWatch},
): Promise<void> {
  const [algorithm = 'sha256'] = diffId.split(':');
  const hash = createHash(algorithm);
  const reader = new TarReader(unpacker);
  for await (const piece of decompress(countBytes(blob, signal, onUnpacked))) {
    if (signal?.aborted) throw cancelled(diffId);
    space.add(piece.length);
    hash.update(piece);
    reader.write(piece);
    writeback?.add(piece.length);
  }
  if (signal?.aborted) throw cancelled(diffId);
  reader.finish();
  unpacker.finish();
  const actual = `${algorithm}:${hash.digest('hex')}`;
  if (actual === diffId) return;
  throw new EngineError('digest-mismatch', `layer ${diffId} has the content of ${actual} once unpacked`, {
    hint: 'the image is damaged where it comes from: its config and its layers do not belong together',
  });
}

async function* countBytes(
  blob: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  onUnpacked: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of blob) {
    if (signal?.aborted) return;
    yield piece;
    bytes += piece.length;
    onUnpacked?.(bytes);
  }
}

function cancelled(diffId: string): EngineError {
  return new EngineError('cancelled', `unpacking layer ${diffId} was cancelled`);
}
