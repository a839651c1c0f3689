// Archives of images, loaded: what they bring is what they had, and what is wrong with one is said and leaves nothing.
import {execFileSync, spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {gzipSync, zstdCompressSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {Engine, type LoadedImage, type ProgressListener} from '../../src/engine.ts';
import type {ErrorCode} from '../../src/errors.ts';
import type {LayerProgress} from '../../src/images/pull-progress.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {makeImage, makeIndex} from '../support/image.ts';
import {dockerArchive, ociArchive, tarOf} from '../support/image-archive.ts';
import {type LayerEntry, makeLayer, sha256} from '../support/layer.ts';
import {assertHostClean, testHost} from '../support/test-host.ts';

const test = suite<{engine: Engine}>('load');

test.before(async (context) => {
  context.engine = await Engine.open({journal: false});
});
test.after.each(async ({engine}) => {
  for (const {id} of await engine.images.list()) await engine.images.remove(id, {force: true});
  assert.equal(files(), []);
});
test.after(async ({engine}) => {
  engine.close();
  await assertHostClean();
});

/** What of an image is in the store. */
function files(): string[] {
  const below = (folder: string) => readdirSync(join(testHost.dataRoot, folder), {withFileTypes: true});
  const folders = ['images/blobs/sha256', 'images/partial', 'layers', 'layers/tmp'];
  return folders.flatMap((folder) =>
    below(folder).flatMap(({name}) => (name === 'tmp' ? [] : [`${folder}/${name}`])),
  );
}

const path = join(testHost.tmp, 'archive.tar');

/** From a file, which is read in any order. */
async function fromFile(engine: Engine, bytes: Buffer, platform?: string): Promise<LoadedImage[]> {
  writeFileSync(path, bytes);
  return await all(engine.images.load({path}, platform === undefined ? {} : {platform}));
}

/** From a pipe, in pieces of a size that fits nothing. */
async function fromPipe(engine: Engine, bytes: Buffer): Promise<LoadedImage[]> {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += 70_001) yield bytes.subarray(at, at + 70_001);
  }
  return await all(engine.images.load({name: 'standard input', bytes: pieces()}));
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

// More than is kept in memory, and not to be compressed away.
const noise = createHash('shake256', {outputLength: 100_000}).digest();
const below = makeLayer([{name: 'below', content: noise}]);
const above = makeLayer([{name: 'above', content: 'above'}]);

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
  assert.is(files().filter((name) => name.startsWith('layers/')).length, 2);
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
    `invalid archive ${path}: ${config.digest} was not made of ${image.manifest.digest}`,
  );
});

// What is wrong with an archive

const good = makeImage({layers: [below]});
const docker = dockerArchive([{image: good, names: ['app:1']}]);
const oci = ociArchive([{image: good, names: ['app:1']}]);
const without = (entries: LayerEntry[], part: string) =>
  entries.filter(({name}) => !String(name).includes(part));
const edit = (entries: LayerEntry[], part: string, change: Partial<LayerEntry>) =>
  entries.map((entry) => (String(entry.name).includes(part) ? {...entry, ...change} : entry));
const manifestOf = (value: unknown) => edit(docker, 'manifest.json', {content: JSON.stringify(value)});
const list = JSON.parse(String(docker.at(-1)?.content)) as [{Config: string; Layers: string[]}];
const layerName = list[0].Layers[0] ?? '';
const layerHex = below.digest.slice(7);

const refusals: [title: string, archive: Buffer, code: ErrorCode, message: string][] = [
  [
    'nothing',
    Buffer.alloc(0),
    'archive-invalid',
    'invalid archive NAME: does not contain a manifest.json, nor is it an OCI image layout',
  ],
  ['no archive', Buffer.from('hello\n'), 'archive-invalid', 'invalid archive NAME: the archive is cut short'],
  [
    'another archive',
    tarOf([{name: 'hello'}]),
    'archive-invalid',
    'invalid archive NAME: does not contain a manifest.json, nor is it an OCI image layout',
  ],
  [
    'a name above the archive',
    tarOf([{name: '../x'}, ...oci]),
    'archive-invalid',
    "invalid archive NAME: '../x' leads out of it",
  ],
  [
    'a hidden way out',
    tarOf([{name: 'a/../../x'}, ...oci]),
    'archive-invalid',
    "invalid archive NAME: 'a/../../x' leads out of it",
  ],
  [
    'an absolute name',
    tarOf([{name: '/etc/passwd'}, ...oci]),
    'archive-invalid',
    "invalid archive NAME: '/etc/passwd' leads out of it",
  ],
  [
    'a symbolic link out',
    tarOf(edit(docker, layerName, {type: 'symbolic-link', linkName: '../../x', content: ''})),
    'archive-invalid',
    `invalid archive NAME: '${layerName}' leads out of it`,
  ],
  [
    'an absolute link',
    tarOf(edit(docker, layerName, {type: 'symbolic-link', linkName: '/x', content: ''})),
    'archive-invalid',
    `invalid archive NAME: the link '${layerName}' leads out of it`,
  ],
  [
    'a hard link out',
    tarOf(edit(docker, layerName, {type: 'hard-link', linkName: '../x', content: ''})),
    'archive-invalid',
    `invalid archive NAME: '${layerName}' leads out of it`,
  ],
  [
    'a link to itself',
    tarOf(edit(docker, layerName, {type: 'symbolic-link', linkName: 'layer.tar', content: ''})),
    'archive-invalid',
    `invalid archive NAME: it has no file ${layerName}`,
  ],
  [
    'a device',
    tarOf([{name: 'null', type: 'character-device', major: 1, minor: 3}, ...oci]),
    'archive-invalid',
    "invalid archive NAME: 'null' is neither a file nor a folder nor a link",
  ],
  [
    'a file twice',
    tarOf([...docker, {name: './manifest.json', content: '[]'}]),
    'archive-invalid',
    "invalid archive NAME: it has './manifest.json' twice",
  ],
  [
    'a file twice, once as a link',
    tarOf([...docker, {name: 'manifest.json', type: 'hard-link', linkName: layerName}]),
    'archive-invalid',
    "invalid archive NAME: it has 'manifest.json' twice",
  ],
  [
    'no layer',
    tarOf(without(docker, 'layer.tar')),
    'archive-invalid',
    `invalid archive NAME: it has no file ${layerName}`,
  ],
  [
    'no blob of a layer',
    tarOf(without(oci, layerHex)),
    'archive-invalid',
    `invalid archive NAME: it has no blob ${below.digest}`,
  ],
  [
    'no config',
    tarOf(without(docker, list[0].Config)),
    'archive-invalid',
    `invalid archive NAME: it has no file ${list[0].Config}`,
  ],
  [
    'a layer too many',
    tarOf(manifestOf([{...list[0], Layers: [layerName, layerName]}])),
    'archive-invalid',
    'invalid archive NAME: invalid manifest, layers length mismatch: expected 2, got 1',
  ],
  [
    'a tag that is none',
    tarOf(manifestOf([{...list[0], RepoTags: ['X:y']}])),
    'archive-invalid',
    `manifest.json of NAME is invalid: [0].RepoTags[0] invalid tag "X:y": error parsing reference: "X:y" is not a valid repository/tag: invalid reference format: repository name (library/X) must be lowercase`,
  ],
  [
    'a list that is none',
    tarOf(manifestOf({})),
    'archive-invalid',
    'manifest.json of NAME is invalid: it is not a list',
  ],
  [
    'another layer than the config says',
    tarOf(edit(docker, layerName, {content: above.tar})),
    'digest-mismatch',
    `blob ${below.diffId} of app:1 arrived from NAME as ${above.diffId}`,
  ],
  [
    'a blob of another size',
    tarOf(edit(oci, layerHex, {content: above.blob})),
    'size-mismatch',
    `blob ${below.digest} has ${above.blob.length} bytes in NAME, but its manifest says ${below.blob.length}`,
  ],
  [
    'a manifest that is another',
    tarOf(edit(oci, good.manifest.digest.slice(7), {content: above.blob})),
    'digest-mismatch',
    `manifest ${good.manifest.digest} in NAME has the digest ${above.digest}`,
  ],
  [
    'an enormous manifest.json',
    tarOf(edit(docker, 'manifest.json', {content: Buffer.alloc(17_000_000, ' ')})),
    'archive-invalid',
    'invalid archive NAME: manifest.json has 17000000 bytes, more than 16777216',
  ],
  [
    'an enormous index.json',
    tarOf(edit(oci, 'index.json', {content: Buffer.alloc(5_000_000, ' ')})),
    'archive-invalid',
    'invalid archive NAME: index.json has 5000000 bytes, more than 4194304',
  ],
  [
    'a broken header',
    tarOf([...oci.slice(0, 1), {name: 'x', edit: (header: Buffer) => void header.write('zzz', 124)}]),
    'archive-invalid',
    'invalid archive NAME: a number in a header is not octal',
  ],
];

for (const [title, archive, code, message] of refusals) {
  test(`refused: ${title}`, async ({engine}) => {
    const error = await engineErrorOf(() => fromFile(engine, archive));
    assert.is(error.message, message.replaceAll('NAME', path));
    assert.is(error.code, code);
    const piped = await engineErrorOf(() => fromPipe(engine, archive));
    assert.is(piped.code, code);
    // Through a pipe a blob is known by its digest before it is looked for.
    if (code !== 'digest-mismatch') assert.is(piped.message, message.replaceAll('NAME', 'standard input'));
    assert.equal(files(), []);
  });
}

test('an image that is listed again and again is one; too many are too many', async ({engine}) => {
  const names = Array.from({length: 999}, (_, index) => `app:${index}`);
  const [item] = list;
  const listed = names.map((name) => ({...item, RepoTags: [name]}));
  const [loaded, ...others] = await fromFile(engine, tarOf(manifestOf(listed)));
  assert.is(loaded?.references.length, 999);
  assert.equal(others, []);
  const error = await engineErrorOf(() => fromFile(engine, tarOf(manifestOf([...listed, item, item]))));
  assert.is(
    error.message,
    `manifest.json of ${path} is invalid: it has 1001 items; at most 1000 are allowed`,
  );
  const manifests = Array.from({length: 1001}, (_, index) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: sha256(Buffer.from(String(index))),
    size: 400,
  }));
  const index = edit(oci, 'index.json', {content: JSON.stringify({schemaVersion: 2, manifests})});
  const many = await engineErrorOf(() => fromFile(engine, tarOf(index)));
  assert.is(many.message, `invalid archive ${path}: it has more than 1000 images`);
});

test('refused: more names than anybody needs', async ({engine}) => {
  const entries = Array.from({length: 4100}, (_, index) => ({name: `${index}/${'n'.repeat(4089)}`}));
  const error = await engineErrorOf(() => fromFile(engine, tarOf(entries)));
  assert.is(error.message, `invalid archive ${path}: its names have more than 16777216 bytes`);
});

test('refused: cut short, anywhere', async ({engine}) => {
  const archive = tarOf(oci);
  for (const length of [300, 700, 90_000, archive.length - 2000]) {
    const cut = archive.subarray(0, length);
    for (const bytes of [cut, gzipSync(archive).subarray(0, Math.floor(length / 3))])
      assert.is((await engineErrorOf(() => fromFile(engine, bytes))).code, 'archive-invalid', String(length));
    assert.is((await engineErrorOf(() => fromPipe(engine, cut))).code, 'archive-invalid', String(length));
  }
});

test('refused: bytes of a blob that are others', async ({engine}) => {
  const content = Buffer.from(below.blob);
  content[content.length - 12] = (content[content.length - 12] ?? 0) ^ 1;
  const archive = tarOf(edit(oci, layerHex, {content}));
  for (const load of [fromFile, fromPipe]) {
    const error = await engineErrorOf(() => load(engine, archive));
    assert.is(error.code, 'digest-mismatch');
    assert.is(error.hint, 'the archive is damaged: make it again where the image is');
  }
});

test('refused: more than the disk holds, before it is full', async ({engine}) => {
  const entry = {name: 'blobs/bomb', edit: (header: Buffer) => void header.write('77777777777\0', 124)};
  const bomb = gzipSync(Buffer.concat([tarOf([entry]).subarray(0, 512), Buffer.alloc(1_000_000)]));
  const huge = {
    ...entry,
    edit: (header: Buffer) => void Buffer.from('80000000000010000000000000', 'hex').copy(header, 124, 0, 12),
  };
  const larger = gzipSync(Buffer.concat([tarOf([huge]).subarray(0, 512), Buffer.alloc(1_000_000)]));
  assert.is((await engineErrorOf(() => fromPipe(engine, larger))).code, 'disk-full');
  assert.ok(
    ['disk-full', 'archive-invalid'].includes((await engineErrorOf(() => fromPipe(engine, bomb))).code),
  );
});

test('a file that is not there, in the words of Docker', async ({engine}) => {
  const error = await engineErrorOf(() => all(engine.images.load({path: '/absent'})));
  assert.is(error.code, 'archive-not-found');
  assert.is(error.message, 'open /absent: no such file or directory');
});

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
  assert.equal(files(), []);
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
  assert.equal(files(), []);
});

test('a named pipe is read as its writer writes it', async ({engine}) => {
  const image = makeImage({layers: [below]});
  writeFileSync(path, tarOf(ociArchive([{image, names: ['app:1']}])));
  const pipe = join(testHost.tmp, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const writer = spawn('cp', [path, pipe], {stdio: 'ignore'});
  const ended = new Promise((resolve) => writer.once('exit', resolve));
  assert.is((await all(engine.images.load({path: pipe})))[0]?.image.id, image.config.digest);
  assert.is(await ended, 0);
  rmSync(pipe);
});

test('progress is one bar a layer, which ends full', async ({engine}) => {
  const image = makeImage({layers: [below, above]});
  writeFileSync(path, tarOf(ociArchive([{image, names: ['app:1']}])));
  const seen: LayerProgress[] = [];
  const onProgress: ProgressListener = (progress) => {
    if (progress.kind === 'layer') seen.push(progress);
  };
  await all(engine.images.load({path}, {onProgress}));
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
