// The compression of a layer blob, told by its first bytes: what a media type claims is often wrong.
import {Readable} from 'node:stream';
import {createGunzip, createZstdDecompress} from 'node:zlib';
import {invalid} from './layer-fault.ts';

// Room to run ahead: decompression in libuv's threads goes on while this thread writes files.
const pieceBytes = 256 * 1024;
const zlibOptions = {chunkSize: pieceBytes, readableHighWaterMark: 4 * 1024 * 1024};

/**
 * The plain bytes of a gzip (also of several members), zstd (several frames) or uncompressed blob. The pieces may
 * not be kept. Throws LayerFault when the compressed data is damaged or cut short, and what `blob` throws.
 */
export async function* decompress(blob: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const source = blob[Symbol.asyncIterator]();
  try {
    const {pieces, magic} = await peek(source);
    const rest = resume(pieces, source);
    const decoder = decoderFor(magic);
    if (!decoder) {
      yield* rest;
      return;
    }
    const input = Readable.from(rest, {objectMode: false, highWaterMark: 1024 * 1024});
    // A failing source must fail the reader too: pipe() alone would leave it waiting.
    input.once('error', (error) => decoder.destroy(error));
    try {
      yield* input.pipe(decoder);
    } catch (error) {
      throw isDecoderError(error) ? invalid(`its compressed data is damaged: ${error.message}`) : error;
    } finally {
      input.destroy();
      decoder.destroy();
    }
  } finally {
    await source.return?.();
  }
}

/** Reads until there are four bytes to look at, or no more. */
async function peek(source: AsyncIterator<Uint8Array>): Promise<{pieces: Uint8Array[]; magic: Buffer}> {
  const pieces: Uint8Array[] = [];
  let magic = Buffer.alloc(0);
  while (magic.length < 4) {
    const {value, done} = await source.next();
    if (done) break;
    pieces.push(value);
    magic = Buffer.concat([magic, value.subarray(0, 4)]);
  }
  return {pieces, magic};
}

// Joins what a network gives in small pieces: each piece is one job for another thread, with a wait at its end.
async function* resume(pieces: Uint8Array[], source: AsyncIterator<Uint8Array>): AsyncGenerator<Buffer> {
  let joined = pieces;
  let bytes = pieces.reduce((total, piece) => total + piece.length, 0);
  while (true) {
    const {value, done} = await source.next();
    if (!done) {
      joined.push(value);
      bytes += value.length;
    }
    if (bytes > 0 && (done || bytes >= pieceBytes)) {
      yield joined.length === 1 && joined[0] ? asBuffer(joined[0]) : Buffer.concat(joined);
      joined = [];
      bytes = 0;
    }
    if (done) return;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decoderFor(magic: Buffer) {
  const compression = compressionOf(magic);
  if (compression === 'gzip') return createGunzip(zlibOptions);
  return compression === 'zstd' ? createZstdDecompress(zlibOptions) : undefined;
}

/** How data is compressed that begins with these four bytes; undefined for what is not, as far as is known here. */
export function compressionOf(magic: Buffer): 'gzip' | 'zstd' | undefined {
  if (magic[0] === 0x1f && magic[1] === 0x8b) return 'gzip';
  // A zstd frame, or a skippable one (0x184d2a50 to 5f), which may come first.
  const word = magic.length >= 4 ? magic.readUInt32LE(0) : 0;
  return word === 0xfd2fb528 || word >>> 4 === 0x184d2a5 ? 'zstd' : undefined;
}

function isDecoderError(error: unknown): error is Error {
  return (
    error instanceof Error && 'code' in error && /^(Z_|ZSTD_|ERR_TRAILING_JUNK)/.test(String(error.code))
  );
}
