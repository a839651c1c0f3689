// Pulls, loads and saves while others remove and collect: what one of them has said to be there is there, whole, with every layer
// that it shares with what was removed in the same moment.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {Engine} from '../../src/engine.ts';
import {FakeRegistry} from '../support/fake-registry.ts';
import {makeImage, type TestImage} from '../support/image.ts';
import {dockerArchive, ociArchive, tarOf} from '../support/image-archive.ts';
import {makeLayer} from '../support/layer.ts';
import {assertHostClean, testHost} from '../support/test-host.ts';

const test = suite('collection races');
const rounds = 25;

const contents = ['bottom', 'middle', 'top'].map((name) => name.repeat(9000));
const layers = contents.map((content) => makeLayer([{name: content.slice(0, 20), content}]));
const sizeBytes = contents.reduce((sum, {length}) => sum + length, 0);
const imageOf = (cmd: string, labels?: Record<string, string>): TestImage =>
  makeImage({layers, config: {Cmd: [cmd], ...(labels && {Labels: labels})}});

/** Each worker is an engine of its own, as a process would be: the locks are between open files. */
async function withEngine(work: (engine: Engine) => Promise<void>): Promise<void> {
  await using engine = await Engine.open({journal: false});
  await work(engine);
}

async function take<T>(items: AsyncIterable<T>): Promise<void> {
  for await (const _ of items);
}

// A save reads and verifies every blob; the size is known of the layers that are unpacked.
async function assertWhole(engine: Engine, name: string): Promise<void> {
  await take(engine.images.save([name]));
  assert.is((await engine.images.get(name)).sizeBytes, sizeBytes, name);
}

/** Brings an image again and again, looks at it, and removes it, which collects. */
async function bring(name: string, fetch: (engine: Engine) => Promise<unknown>): Promise<void> {
  await withEngine(async (engine) => {
    for (let round = 0; round < rounds; round++) {
      await fetch(engine);
      await assertWhole(engine, name);
      await engine.images.remove(name);
    }
  });
}

test('whoever brings an image has it whole, whatever is collected meanwhile', async () => {
  await using registry = await FakeRegistry.start();
  const pulled = registry.put('pulled', '1', imageOf('pulled'));
  const file = join(testHost.tmp, 'file.tar');
  writeFileSync(file, tarOf(ociArchive([{image: imageOf('file'), names: ['file:1']}])));
  const piped = tarOf(dockerArchive([{image: imageOf('piped'), names: ['piped:1']}]));
  const unwanted = tarOf(
    ociArchive([{image: imageOf('unwanted', {unwanted: 'yes'}), names: ['unwanted:1']}]),
  );
  async function* pieces(bytes: Buffer) {
    for (let at = 0; at < bytes.length; at += 10_000) {
      yield bytes.subarray(at, at + 10_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const load = (engine: Engine, bytes: Buffer) =>
    take(engine.images.load({name: 'a pipe', bytes: pieces(bytes)}));
  let isOver = false;
  const pruner = withEngine(async (engine) => {
    for (let round = 0; !isOver; round++) {
      if (round % 3 === 0) await load(engine, unwanted);
      await engine.images.prune({all: true, matchesLabels: ({unwanted: label}) => label === 'yes'});
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  try {
    await Promise.all([
      bring(pulled, (engine) => engine.images.pull(pulled)),
      bring('file:1', (engine) => take(engine.images.load({path: file}))),
      bring('piped:1', (engine) => load(engine, piped)),
    ]);
  } finally {
    isOver = true;
    await pruner;
  }
  await withEngine(async (engine) => {
    await engine.images.prune({all: true});
    const {images, store} = await engine.diskUsage();
    assert.equal(images, []);
    assert.equal(store, {layerBytes: 0, blobBytes: 0, partialBytes: 0});
  });
  await assertHostClean();
});

test.run();
