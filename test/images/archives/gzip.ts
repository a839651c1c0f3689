import {createHash, randomBytes} from 'node:crypto';
import {gunzipSync, gzipSync} from 'node:zlib';
import {suite} from 'uvu';
import {equal, is, unreachable} from 'uvu/assert';
import {gzip} from '../../../src/images/archives/gzip.ts';

const test = suite('gzip');

async function compressed(pieces: Iterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of gzip(pieces)) parts.push(part);
  return Buffer.concat(parts);
}

function* piecesOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

// Text that repeats itself across blocks, with noise between.
const text = Buffer.concat(
  Array.from({length: 60}, (_, index) =>
    Buffer.concat([Buffer.from(`${index} `.repeat(9000)), randomBytes(5000)]),
  ),
);

for (const length of [0, 1, 512 * 1024 - 1, 512 * 1024, 512 * 1024 + 1, text.length]) {
  test(`${length} bytes are one stream that reads back the same`, async () => {
    const bytes = text.subarray(0, length);
    const result = await compressed([bytes]);
    is(gunzipSync(result).equals(bytes), true);
    // No name, no time, and a second member would begin like the first.
    is(result.subarray(0, 10).toString('hex'), '1f8b0800000000000003');
  });
}

test('however the bytes come, the stream is the same', async () => {
  const digests = new Set<string>();
  for (const size of [1000, 65_536, 524_288, 700_001, text.length])
    digests.add(
      createHash('sha256')
        .update(await compressed(piecesOf(text, size)))
        .digest('hex'),
    );
  is(digests.size, 1);
});

test('what repeats across blocks is found: it is about as small as in one piece', async () => {
  const whole = gzipSync(text, {level: 3}).length;
  const ours = (await compressed([text])).length;
  is(ours < whole * 1.01, true, `${ours} of ${whole}`);
});

test('what cannot be compressed is stored', async () => {
  const noise = randomBytes(3_000_000);
  const result = await compressed([noise]);
  is(gunzipSync(result).equals(noise), true);
  is(result.length < noise.length * 1.001, true);
});

test('a source that fails fails the stream', async () => {
  async function* source(): AsyncGenerator<Buffer> {
    yield text.subarray(0, 2_000_000);
    throw new Error('the disk is gone');
  }
  const read: number[] = [];
  try {
    for await (const part of gzip(source())) read.push(part.length);
    unreachable();
  } catch (error) {
    is(error instanceof Error && error.message, 'the disk is gone');
  }
  equal(read[0], 10);
});

test.run();
