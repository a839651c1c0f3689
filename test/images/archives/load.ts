// Archives of images, loaded: what they bring is what they had.
import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {gzipSync, zstdCompressSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {Engine, type ProgressListener} from '../../../src/engine.ts';
import type {LayerProgress} from '../../../src/images/pull-progress.ts';
import {engineErrorOf} from '../../support/engine-error.ts';
import {makeImage, makeIndex} from '../../support/image.ts';
import {dockerArchive, ociArchive, tarOf} from '../../support/image-archive.ts';
import {type LayerEntry, makeLayer, sha256} from '../../support/layer.ts';
import {
  above,
  all,
  archivePath,
  below,
  fromFile,
  fromPipe,
  noise,
  removeAll,
  storeFiles,
} from '../../support/loaded-archive.ts';
import {assertHostClean, testHost} from '../../support/test-host.ts';

const test = suite<{engine: Engine}>('load');

test.before(async (context) => {
  context.engine = await Engine.open({journal: false});
});
test.after.each(({engine}) => removeAll(engine));
test.after(async ({engine}) => {
  engine.close();
  await assertHostClean();
});

for (const compression of ['gzip', 'zstd', 'none'] as const) {
  for (const [kind, load] of Object.entries({fromFile, fromPipe})) {
    test(`an OCI archive with ${compression} layers keeps every digest, ${kind}`, async ({engine}) => {
      const image = makeImage({layers: [makeLayer([{name: 'a', content: noise}], {compression}), above]});
      const [loaded] = await load(
        engine,
        tarOf(ociArchive([{image, names: ['app:1', 'reg.example/app:2']}])),
      );
      assert.equal(loaded?.references, ['docker.io/library/app:1', 'reg.example/app:2']);
      const stored = await engine.images.get('app:1');
      assert.is(stored.id, image.config.digest);
      assert.is(stored.manifestDigest, image.manifest.digest);
      assert.equal(stored.repoDigests, []);
      const blobs = readdirSync(join(testHost.dataRoot, 'images/blobs/sha256'));
      const expected = [image.manifest, image.config, ...image.layers].map(({digest}) => digest.slice(7));
      assert.equal(blobs.sort(), expected.sort());
    });

    test(`a Docker archive with ${compression} layers gives one manifest each time, ${kind}`, async ({
      engine,
    }) => {
      const layers = [makeLayer([{name: 'a', content: noise}], {compression}), above];
      const image = makeImage({layers, format: 'docker'});
      const archive = tarOf(dockerArchive([{image, names: ['app:1']}]));
      const [first] = await load(engine, archive);
      assert.is(first?.image.id, image.config.digest);
      const {manifest} = first?.image ?? {};
      const digests = compression === 'none' ? [layers[0]?.diffId] : [layers[0]?.digest];
      assert.is(manifest?.layers[0]?.digest, digests[0]);
      await engine.images.remove('app:1');
      const [again] = await load(engine, archive);
      assert.is(again?.image.manifestDigest, first?.image.manifestDigest);
    });
  }
}

test('a stored blob that is damaged is not taken for the one that comes through a pipe', async ({engine}) => {
  const image = makeImage({layers: [below]});
  const archive = tarOf(ociArchive([{image, names: ['app:1']}]));
  await fromPipe(engine, archive);
  const path = join(testHost.dataRoot, 'images/blobs/sha256', below.digest.slice(7));
  writeFileSync(path, Buffer.alloc(below.blob.length));
  const layers = join(testHost.dataRoot, 'layers');
  for (const name of readdirSync(layers)) if (name !== 'tmp') rmSync(join(layers, name), {recursive: true});
  await fromPipe(engine, archive);
  assert.is(sha256(readFileSync(path)), below.digest);
});

test('docker-archive: nothing is written when the blob of a layer is missing', async ({engine}) => {
  const image = makeImage({layers: [above, below]});
  await fromPipe(engine, tarOf(ociArchive([{image, names: ['app:1']}])));
  rmSync(join(testHost.dataRoot, 'images/blobs/sha256', below.digest.slice(7)));
  let pieces = 0;
  const error = await engineErrorOf(async () => {
    for await (const _piece of engine.images.save(['app:1'], {format: 'docker-archive'})) pieces++;
  });
  assert.equal([error.code, pieces], ['image-damaged', 0]);
});

test('several images share layers, as files and as links', async ({engine}) => {
  const [one, two] = [
    makeImage({layers: [below, above]}),
    makeImage({layers: [below], config: {Cmd: ['two']}}),
  ];
  const images = [{image: one, names: ['one:1']}, {image: two}];
  const loaded = await fromPipe(engine, tarOf(dockerArchive(images)));
  assert.equal(
    loaded.map(({image, references}) => [image.id, references]),
    [
      [one.config.digest, ['docker.io/library/one:1']],
      [two.config.digest, []],
    ],
  );
  assert.is(storeFiles().filter((name) => name.startsWith('layers/')).length, 2);
});

test('a name that another image had moves, and that is told', async ({engine}) => {
  const [one, two] = [makeImage(), makeImage({config: {Cmd: ['two']}})];
  await fromFile(engine, tarOf(ociArchive([{image: one, names: ['app:1']}])));
  const [loaded] = await fromFile(engine, tarOf(dockerArchive([{image: two, names: ['app:1']}])));
  assert.equal(loaded?.replaced, [{reference: 'docker.io/library/app:1', id: one.config.digest}]);
  assert.equal((await engine.images.list()).map(({references}) => references.length).sort(), [0, 1]);
});

test('of an index linux/arm64 is taken, or what is asked for; an image alone whatever it is for', async ({
  engine,
}) => {
  const arm64 = makeImage();
  const amd64 = makeImage({platform: {os: 'linux', architecture: 'amd64'}, layers: [above]});
  const index = makeIndex([amd64, arm64]);
  const both = tarOf([
    ...ociArchive([{image: amd64}]).filter(({name}) => String(name).startsWith('blobs/')),
    ...ociArchive([{image: arm64, names: ['app:1'], index}]),
  ]);
  assert.is((await fromFile(engine, both))[0]?.image.id, arm64.config.digest);
  assert.is((await fromFile(engine, both, 'linux/amd64'))[0]?.image.id, amd64.config.digest);
  const alone = tarOf(ociArchive([{image: amd64, names: ['alone:1']}]));
  assert.is((await fromFile(engine, alone))[0]?.image.id, amd64.config.digest);
  const error = await engineErrorOf(() => fromFile(engine, alone, 'linux/arm64'));
  assert.is(error.code, 'platform-mismatch');
  assert.is(error.message, 'no linux/arm64 image in alone:1: it has linux/amd64');
});

test('a folder with a layout, and every compression', async ({engine}) => {
  const image = makeImage({layers: [below]});
  const entries = ociArchive([{image, names: ['app:1']}]);
  const folder = join(testHost.tmp, 'layout');
  for (const {name, content} of entries) {
    mkdirSync(dirname(join(folder, String(name))), {recursive: true});
    writeFileSync(join(folder, String(name)), content ?? '');
  }
  assert.is((await all(engine.images.load({path: folder})))[0]?.image.id, image.config.digest);
  rmSync(folder, {recursive: true});
  const archive = tarOf(entries);
  for (const compressed of [gzipSync(archive), zstdCompressSync(archive)]) {
    await engine.images.remove('app:1');
    assert.is((await fromFile(engine, compressed))[0]?.image.id, image.config.digest);
  }
});

test("crundle's own store is such a folder, Docker's manifests among it", async ({engine}) => {
  const image = makeImage({format: 'docker', layers: [below]});
  const config = image.config;
  const oci = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: config.digest,
      size: config.bytes.length,
    },
    layers: [
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest: below.digest,
        size: below.blob.length,
      },
    ],
  });
  const entry = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: sha256(Buffer.from(oci)),
    size: oci.length,
    annotations: {
      'org.opencontainers.image.ref.name': 'docker.io/library/app:1',
      'dev.crundle.manifest.digest': image.manifest.digest,
    },
  };
  const entries: LayerEntry[] = [
    {name: `blobs/${entry.digest.replace(':', '/')}`, content: oci},
    ...ociArchive([{image}]).filter(({name}) => name !== 'index.json'),
    {name: 'index.json', content: JSON.stringify({schemaVersion: 2, manifests: [entry]})},
  ];
  const [loaded] = await fromFile(engine, tarOf(entries));
  assert.is(loaded?.image.manifestDigest, image.manifest.digest);
  assert.equal(loaded?.references, ['docker.io/library/app:1']);
  // A lie about what it was made of.
  const lie = entries.map((item) =>
    item.name === 'index.json'
      ? {...item, content: JSON.stringify({schemaVersion: 2, manifests: [{...entry, digest: config.digest}]})}
      : item,
  );
  const error = await engineErrorOf(() => fromFile(engine, tarOf(lie)));
  assert.is(
    error.message,
    `invalid archive ${archivePath}: ${config.digest} was not made of ${image.manifest.digest}`,
  );
});

const oci = ociArchive([{image: makeImage({layers: [below]}), names: ['app:1']}]);

test('a load that is interrupted leaves nothing', async ({engine}) => {
  const stop = new AbortController();
  const bytes = tarOf(oci);
  async function* pieces() {
    yield bytes.subarray(0, 90_000);
    stop.abort();
    yield bytes.subarray(90_000);
  }
  const error = await engineErrorOf(() =>
    all(engine.images.load({name: 'standard input', bytes: pieces()}, {signal: stop.signal})),
  );
  assert.is(error.code, 'cancelled');
  assert.is(error.message, 'the load was cancelled');
  assert.equal(storeFiles(), []);
});

test('a load is interrupted also while it waits for a pipe', async ({engine}) => {
  const stop = new AbortController();
  async function* pieces() {
    yield tarOf(oci).subarray(0, 90_000);
    setTimeout(() => stop.abort(), 10);
    await new Promise(() => undefined);
  }
  const error = await engineErrorOf(() =>
    all(engine.images.load({name: 'standard input', bytes: pieces()}, {signal: stop.signal})),
  );
  assert.is(error.code, 'cancelled');
  assert.equal(storeFiles(), []);
});

test('a named pipe is read as its writer writes it', async ({engine}) => {
  const image = makeImage({layers: [below]});
  writeFileSync(archivePath, tarOf(ociArchive([{image, names: ['app:1']}])));
  const pipe = join(testHost.tmp, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const writer = spawn('cp', [archivePath, pipe], {stdio: 'ignore'});
  const ended = new Promise((resolve) => writer.once('exit', resolve));
  assert.is((await all(engine.images.load({path: pipe})))[0]?.image.id, image.config.digest);
  assert.is(await ended, 0);
  rmSync(pipe);
});

test('progress is one bar a layer, which ends full', async ({engine}) => {
  const image = makeImage({layers: [below, above]});
  writeFileSync(archivePath, tarOf(ociArchive([{image, names: ['app:1']}])));
  const seen: LayerProgress[] = [];
  const onProgress: ProgressListener = (progress) => {
    if (progress.kind === 'layer') seen.push(progress);
  };
  await all(engine.images.load({path: archivePath}, {onProgress}));
  assert.ok(seen.every(({status}) => status === 'Loading layer'));
  for (const {digest, blob} of image.layers) {
    const last = seen.findLast(({id}) => id === digest.slice(7, 19));
    assert.equal([last?.current, last?.total], [blob.length, blob.length]);
  }
});

test('xz and bzip2 are undone by the system’s programs, which say what is damaged', async ({engine}) => {
  const image = makeImage({layers: [below]});
  const archive = tarOf(ociArchive([{image, names: ['app:1']}]));
  for (const program of ['xz', 'bzip2'].filter((name) => existsSync(`/usr/bin/${name}`))) {
    const compressed = execFileSync(program, ['-c'], {input: archive, maxBuffer: 1e8});
    for (const load of [fromFile, fromPipe]) {
      assert.is((await load(engine, compressed))[0]?.image.id, image.config.digest);
      await engine.images.remove('app:1');
    }
    const error = await engineErrorOf(() => fromFile(engine, compressed.subarray(0, compressed.length / 2)));
    assert.is(error.code, 'archive-invalid');
    assert.match(error.message, /^invalid archive .*: its compressed data is damaged: /);
  }
});

test('the event of a load is told', async ({engine}) => {
  const image = makeImage();
  const since = new Date();
  await fromFile(engine, tarOf(ociArchive([{image, names: ['app:1']}])));
  const events = await all(engine.events({since, until: new Date(Date.now() + 1)}));
  assert.ok(events.some(({action, actor}) => action === 'load' && actor.id === image.config.digest));
});

test.run();
