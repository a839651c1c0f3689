// Whatever an archive is compressed with: what Node.js knows is undone here, the rest by the system's programs.
import {decompress} from '../storage/decompress.ts';
import {decompressOutside, outsideProgramFor} from '../system/outside-decompression.ts';

/**
 * The plain bytes; the pieces may not be kept. Throws LayerFault and EngineError 'program-failed' for damaged data,
 * 'program-missing', and what `bytes` throws.
 */
export async function* decompressAny(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const source = bytes[Symbol.asyncIterator]();
  const first = await source.next();
  if (first.done) return;
  const whole = startingWith(first.value, source);
  const program = outsideProgramFor(Buffer.from(first.value));
  yield* program ? decompressOutside(program, whole) : decompress(whole);
}

async function* startingWith(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
