// Images at the ends of what there is: a hundred layers, a hundred thousand files, four gigabytes in one. Each is pulled in bounded
// memory, and is what it should be.
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {createZstdCompress, gunzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {busyboxLayer} from '../support/busybox-layer.ts';
import {FakeRegistry} from '../support/fake-registry.ts';
import {makeImage} from '../support/image.ts';
import {encodeEntry, layerOf, makeLayer, sha256, type TestLayer, writeNumber} from '../support/layer.ts';
import {peakMegabytes} from '../support/peak-memory.ts';
import {assertHostClean, crundleOk, testHost} from '../support/test-host.ts';

const test = suite('large images');
const registry = await FakeRegistry.start();
const maxMegabytes = 200;

test.after(async () => {
  await registry[Symbol.asyncDispose]();
  await assertHostClean();
});

test('an image of a hundred layers runs, and shows what each has changed', async () => {
  const layers = Array.from({length: 99}, (_, index) =>
    makeLayer([
      {name: `steps/${index}`, content: `${index}\n`},
      {name: 'last', content: `${index}\n`},
      ...(index > 0 && index % 3 === 0 ? [{name: `steps/.wh.${index - 1}`}] : []),
    ]),
  );
  const image = registry.put('deep', 'latest', makeImage({layers: [busybox(), ...layers]}));
  assert.ok((await peakMegabytes(['pull', '-q', image])) < maxMegabytes);
  const script = 'cat /last; ls /steps | wc -l; cat /steps/97; ls /steps/95 2>&1';
  const seen = await crundleOk(['run', '--rm', '--network', 'none', image, 'sh', '-c', `${script}; true`]);
  assert.is(seen, '98\n67\n97\nls: /steps/95: No such file or directory');
  await crundleOk(['rmi', image]);
});

test('a layer of 100,000 small files is unpacked in bounded memory', async () => {
  const files = 100_000;
  const parts: Buffer[] = [];
  for (let index = 0; index < files; index++)
    parts.push(encodeEntry({name: `files/${index % 300}/${index}`, content: `file ${index}\n`}));
  const layer = layerOf(Buffer.concat([...parts, Buffer.alloc(1024)]));
  const image = registry.put('many', 'latest', makeImage({layers: [layer]}));
  const megabytes = await peakMegabytes(['pull', '-q', image]);
  console.log(`100,000 files: ${megabytes.toFixed(0)} MB at most`);
  assert.ok(megabytes < maxMegabytes, `${megabytes} MB`);
  const folder = layerFolder();
  assert.is(readdirSync(join(folder, 'files'), {recursive: true}).length, files + 300);
  assert.is(readFileSync(join(folder, 'files/99/99999'), 'utf8'), 'file 99999\n');
  const check = await peakMegabytes(['system', 'check', '--deep']);
  assert.ok(check < maxMegabytes, `${check} MB`);
  await crundleOk(['rmi', image]);
});

test('a layer of one file of 4 GB is unpacked in bounded memory', async () => {
  const sizeBytes = 4 * 1024 ** 3;
  const layer = await hugeFile(sizeBytes);
  const image = registry.put('huge', 'latest', makeImage({layers: [layer]}));
  const megabytes = await peakMegabytes(['pull', '-q', image]);
  console.log(`4 GB: ${megabytes.toFixed(0)} MB at most`);
  assert.ok(megabytes < maxMegabytes, `${megabytes} MB`);
  assert.is(statSync(join(layerFolder(), 'huge')).size, sizeBytes);
  assert.match(await crundleOk(['images', '--format', '{{.Size}}', image]), /^4\.29GB$/);
  await crundleOk(['system', 'check', '--deep'], {timeoutMs: 300_000});
  await crundleOk(['rmi', image]);
});

/** Of the only layer that is there. */
function layerFolder(): string {
  const names = readdirSync(join(testHost.dataRoot, 'layers')).filter((name) => name !== 'tmp');
  assert.is(names.length, 1);
  return join(testHost.dataRoot, 'layers', names[0] ?? '', 'd');
}

function busybox(): TestLayer {
  const blob = readFileSync(busyboxLayer());
  return layerOf(blob[0] === 0x1f ? gunzipSync(blob) : blob);
}

// Never in memory as a whole: a megabyte that cannot be compressed, again and again.
async function hugeFile(sizeBytes: number): Promise<TestLayer> {
  const block = Buffer.alloc(1024 * 1024);
  for (let at = 0; at < block.length; at += 32) createHash('sha256').update(`${at}`).digest().copy(block, at);
  const diff = createHash('sha256');
  const zstd = createZstdCompress();
  const pieces: Buffer[] = [];
  zstd.on('data', (piece) => pieces.push(piece));
  const write = async (bytes: Buffer) => {
    diff.update(bytes);
    if (!zstd.write(bytes)) await new Promise((resolve) => zstd.once('drain', resolve));
  };
  await write(encodeEntry({name: 'huge', edit: (header) => writeNumber(header, 124, 12, sizeBytes)}));
  for (let written = 0; written < sizeBytes; written += block.length) await write(block);
  await write(Buffer.alloc(1024));
  zstd.end();
  await new Promise((resolve) => zstd.once('end', resolve));
  const blob = Buffer.concat(pieces);
  return {
    tar: Buffer.alloc(0),
    blob,
    digest: sha256(blob),
    diffId: `sha256:${diff.digest('hex')}`,
    mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd',
  };
}

test.run();
