// gzip on as many threads as there are: blocks are compressed beside each other, each with the end of the one before as its
// dictionary, and make one stream (as pigz does). The same bytes give the same stream, whatever the machine: no name, no time.
import {availableParallelism} from 'node:os';
import {promisify} from 'node:util';
import {constants, crc32, deflateRaw, deflateRawSync} from 'node:zlib';

const blockBytes = 512 * 1024;
// As far back as deflate looks.
const dictionaryBytes = 32 * 1024;
// Libuv's threads; more blocks than that would only wait in memory.
const maxBlocks = Math.min(4, availableParallelism()) + 1;
// Of a Debian image five percent larger than what zlib does by itself, in little more than half of the time.
const level = 3;

const compress = promisify<Buffer, object, Buffer>(deflateRaw);

/** The compressed bytes in pieces. At most a few megabytes are in memory. Throws what `pieces` throws. */
export async function* gzip(pieces: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  // Deflate, no flags, no time, no word about the effort, and a Unix system.
  yield Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
  const running: Promise<Buffer>[] = [];
  let [checksum, length] = [0, 0];
  let before: Buffer | undefined;
  for await (const block of blocksOf(pieces)) {
    checksum = crc32(block, checksum);
    length += block.length;
    running.push(compress(block, optionsFor(block, before)));
    before = block.subarray(-dictionaryBytes);
    const [first] = running;
    if (first && running.length >= maxBlocks) yield await first.finally(() => running.shift());
  }
  for (const block of running) yield await block;
  yield await compress(Buffer.alloc(0), {finishFlush: constants.Z_FINISH});
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(length % 2 ** 32, 4);
  yield trailer;
}

function optionsFor(block: Buffer, dictionary: Buffer | undefined): object {
  return {
    level: isCompressible(block) ? level : 0,
    finishFlush: constants.Z_SYNC_FLUSH,
    ...(dictionary && {dictionary}),
  };
}

const sampleBytes = 4096;

// Pictures, packages and weights take deflate longest, and for nothing: a few samples tell.
function isCompressible(block: Buffer): boolean {
  const step = Math.max(sampleBytes, Math.floor(block.length / 4));
  const samples: Buffer[] = [];
  for (let at = 0; at < block.length; at += step) samples.push(block.subarray(at, at + sampleBytes));
  const sample = Buffer.concat(samples);
  return deflateRawSync(sample, {level: 1}).length < sample.length * 0.97;
}

async function* blocksOf(pieces: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + blockBytes - bytes);
      waiting.push(part);
      at += part.length;
      bytes += part.length;
      if (bytes < blockBytes) continue;
      yield Buffer.concat(waiting);
      [waiting, bytes] = [[], 0];
    }
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}
