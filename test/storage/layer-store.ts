import {spawn} from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import {equal, is, match} from 'uvu/assert';
import {layerFolderName} from '../../src/storage/layer-folder.ts';
import {LayerStore} from '../../src/storage/layer-store.ts';
import {getXattr, listXattrs, mount, umount} from '../../src/system/libc.ts';
import {traceTo} from '../../src/system/trace.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {makeLayer} from '../support/layer.ts';
import {makeTemporaryLayers, pieces, type TemporaryLayers} from '../support/temporary-layers.ts';

const test = suite<{layers: TemporaryLayers}>('layer-store');

test.before.each((context) => {
  context.layers = makeTemporaryLayers();
});

test.after.each(({layers}) => layers[Symbol.dispose]());

const one = makeLayer([{name: 'file', content: '12345'}]);
const mtimeOf = (path: string) => lstatSync(path, {bigint: true}).mtimeNs;

test('a committed layer is listed, found and sized; an unpacked one is not', async ({layers}) => {
  const {store} = layers;
  equal([await store.has(one.diffId), await store.list()], [false, []]);
  const unpacked = await layers.unpack(one);
  equal([await store.has(one.diffId), await store.list()], [false, []]);
  await store.commit(unpacked, {chainId: one.diffId, parents: []});
  is(await store.has(one.diffId), true);
  const [{manifest, ...info} = {}] = await store.list();
  equal(info, {chainId: one.diffId, diffId: one.diffId, sizeBytes: 5});
  match(manifest ?? '', /^sha256:[0-9a-f]{64}$/);
  const [low = '', top = ''] = await layers.add(one, [{name: 'more', content: '1234567'}]);
  equal((await store.list()).find((info) => info.chainId === top)?.parent, low);
  is(await store.sizeOf([low, top, 'sha256:00']), 12);
  equal(layers.leftovers(), []);
});

test('a stray that has become a layer meanwhile is none, and stays', async ({layers}) => {
  const {store, root} = layers;
  await layers.add(one);
  const name = layerFolderName(one.diffId);
  mkdirSync(join(root, 'stray/d'), {recursive: true});
  equal(await store.strays(), ['stray']);
  equal([await store.removeStray(name), await store.removeStray('stray')], [false, true]);
  equal([await store.has(one.diffId), existsSync(join(root, 'stray'))], [true, false]);
});

test('layers that are committed while strays are looked for are none', async ({layers}) => {
  const {store} = layers;
  const committing = layers.add(...Array.from({length: 6}, (_, index) => [{name: `file-${index}`}]));
  let isDone = false;
  const done = committing.finally(() => {
    isDone = true;
  });
  while (!isDone) equal(await store.strays(), []);
  await done;
});

test('gzip of several members, zstd of several frames, and plain tar are told by their content', async ({
  layers,
}) => {
  const entries = [
    {name: 'a', content: 'x'.repeat(300_000)},
    {name: 'b', content: 'end'},
  ];
  const whole = makeLayer(entries, {compression: 'none'});
  const halves = [whole.tar.subarray(0, 100_000), whole.tar.subarray(100_000)];
  for (const compression of ['gzip', 'zstd', 'none'] as const) {
    const blobs = halves.map((half) => layerBlob(half, compression));
    // Frames that decoders skip: zstd:chunked ends in one.
    const skippable = Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]), Buffer.alloc(4)]);
    if (compression === 'zstd') blobs.push(skippable);
    for (const pieceBytes of [3, 65536]) {
      const blob = compression === 'none' && pieceBytes === 3 ? [halves[0], halves[1]] : blobs;
      const bytes = Buffer.concat(blob.map((part) => part ?? Buffer.alloc(0)));
      // A wrong media type changes nothing.
      const layer = {...whole, blob: bytes, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip'};
      const {folder} = await layers.unpack(layer, pieceBytes);
      is(readFileSync(join(folder, 'd/b'), 'utf8'), 'end', compression);
    }
  }
});

function layerBlob(bytes: Buffer, compression: 'gzip' | 'zstd' | 'none'): Buffer {
  return makeLayer([bytes], {compression, end: Buffer.alloc(0)}).blob;
}

test('progress counts the bytes of the blob', async ({layers}) => {
  const seen: number[] = [];
  await layers.store.unpack(pieces(one.blob, 50), {
    mediaType: one.mediaType,
    diffId: one.diffId,
    onUnpacked: (bytes) => seen.push(bytes),
  });
  is(seen.at(-1), one.blob.length);
  is(seen[0], 50);
});

test('committing twice, also at the same time, leaves one layer and nothing else', async ({layers}) => {
  const other = new LayerStore(layers.root);
  const unpacked = await Promise.all([1, 2, 3, 4].map(() => layers.unpack(one)));
  const options = {chainId: one.diffId, parents: []};
  await Promise.all(
    unpacked.map((layer, index) => (index % 2 ? other : layers.store).commit(layer, options)),
  );
  is((await layers.store.list()).length, 1);
  equal(layers.leftovers(), []);
  equal(readdirSync(layers.root).length, 2);
});

test('a discarded layer is gone, and discarding again is fine', async ({layers}) => {
  const unpacked = await layers.unpack(one);
  for (const _ of [1, 2]) await layers.store.discard(unpacked);
  equal(layers.leftovers(), []);
});

test('a folder without its record is damage: it counts as absent and is replaced', async ({layers}) => {
  const folder = join(layers.root, layerFolderName(one.diffId));
  for (const record of [undefined, '', '{"version":1', '[]', '{"chainId":1}', '{"chainId":"sha256:other"}']) {
    mkdirSync(join(folder, 'd/left'), {recursive: true});
    if (record !== undefined) writeFileSync(join(folder, 'layer.json'), record);
    is(await layers.store.has(one.diffId), false);
    await layers.add(one);
    is(await layers.store.has(one.diffId), true);
    equal(readdirSync(join(folder, 'd')), ['file']);
    await layers.store.collect(new Set());
    equal(readdirSync(layers.root), ['tmp']);
  }
});

test('collection removes what is not kept and everything unfinished', async ({layers}) => {
  const [low = '', top = ''] = await layers.add(one, [{name: 'x'}]);
  await layers.add([
    {name: 'unwanted/deep/file', mode: 0},
    {name: 'unwanted/', mode: 0},
  ]);
  await layers.unpack(one);
  await layers.store.collect(new Set([low, top]));
  equal((await layers.store.list()).map((info) => info.chainId).sort(), [low, top].sort());
  equal(layers.leftovers(), []);
  await new LayerStore(join(layers.folder, 'none')).collect(new Set());
});

test('folders that an archive leaves out look as in the layer below', async ({layers}) => {
  const [, top = ''] = await layers.add(
    [
      {name: 'home/', mode: 0o711, uid: 5, pax: {mtime: '1500000000.5'}},
      {
        name: 'home/user/',
        mode: 0o2700,
        uid: 1000,
        gid: 1000,
        mtime: 77,
        xattrs: {'user.x': '1', 'trusted.y': '2'},
      },
      {name: 'home/.wh..wh..opq'},
    ],
    [{name: 'home/user/new/deep/file'}, {name: 'home/user/own/', mode: 0o700, mtime: 88}],
  );
  const files = layers.filesOf(top);
  const home = lstatSync(join(files, 'home'));
  equal([home.mode & 0o7777, home.uid, mtimeOf(join(files, 'home'))], [0o711, 5, 1500000000500000000n]);
  const user = lstatSync(join(files, 'home/user'));
  equal([user.mode & 0o7777, user.uid, user.gid, user.mtimeMs], [0o2700, 1000, 1000, 77000]);
  equal(listXattrs(join(files, 'home/user')).sort(), ['trusted.y', 'user.x']);
  equal(listXattrs(join(files, 'home')), []);
  const deep = lstatSync(join(files, 'home/user/new/deep'));
  equal([deep.mode & 0o7777, deep.uid, deep.mtimeMs], [0o755, 0, 0]);
  is(mtimeOf(join(files, 'home/user/own')), 88_000_000_000n);
});

test('hard links to files of lower layers become a copy of theirs, shared among them', async ({layers}) => {
  const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
  const [, , top = ''] = await layers.add(
    [
      {name: 'bin/'},
      {
        name: 'bin/low',
        content: 'lower',
        mode: 0o4755,
        uid: 3,
        pax: {mtime: '1600000000.000000009'},
        xattrs: {'security.capability': capability},
      },
      {name: 'bin/sym', type: 'symbolic-link', linkName: 'low'},
      {name: 'bin/dev', type: 'character-device', major: 5, minor: 300},
      {name: 'bin/replaced', content: 'old'},
    ],
    [{name: 'bin/replaced', content: 'new'}],
    [
      {name: 'bin/', mtime: 99},
      {name: 'bin/one', type: 'hard-link', linkName: 'bin/low'},
      {name: 'bin/two', type: 'hard-link', linkName: '/bin/low'},
      {name: 'bin/three', type: 'hard-link', linkName: 'bin/two'},
      {name: 'bin/link', type: 'hard-link', linkName: 'bin/sym'},
      {name: 'bin/device', type: 'hard-link', linkName: 'bin/dev'},
      {name: 'bin/latest', type: 'hard-link', linkName: 'bin/replaced'},
      {name: 'bin/.wh.low'},
    ],
  );
  const files = layers.filesOf(top);
  const linked = lstatSync(join(files, 'bin/one'), {bigint: true});
  equal([linked.mode, linked.uid, linked.nlink, linked.mtimeNs], [0o104755n, 3n, 3n, 1600000000000000009n]);
  equal(getXattr(join(files, 'bin/two'), 'security.capability'), capability);
  equal(readFileSync(join(files, 'bin/three'), 'utf8'), 'lower');
  is(lstatSync(join(files, 'bin/link')).isSymbolicLink(), true);
  is(lstatSync(join(files, 'bin/device')).rdev, (300 & 0xff) | (5 << 8) | ((300 >> 8) << 20));
  equal(readFileSync(join(files, 'bin/latest'), 'utf8'), 'new');
  is(lstatSync(join(files, 'bin')).mtimeMs, 99_000);
  is(await layers.store.sizeOf([top]), 'lower'.length + 'new'.length);
});

test('a hard link to what the layer between has hidden is refused', async ({layers}) => {
  for (const hiding of [
    {name: 'd/.wh.low'},
    {name: '.wh.d'},
    {name: 'd/.wh..wh..opq'},
    {name: 'd', content: 'x'},
  ]) {
    const error = await engineErrorOf(() =>
      layers.add(
        [{name: 'd/low', content: 'x'}],
        [hiding],
        [{name: 'h', type: 'hard-link', linkName: 'd/low'}],
      ),
    );
    is(error.code, 'layer-invalid');
    match(error.message, "the hard link 'h' leads to 'd/low', which is not in this layer nor below it");
  }
  equal(layers.leftovers(), []);
});

test('a full disk is said with the folder and what is free, and nothing stays', async ({layers}) => {
  const root = join(layers.folder, 'small');
  mkdirSync(root);
  mount('tmpfs', root, 'tmpfs', 0n, 'size=1m');
  try {
    const store = new LayerStore(join(root, 'layers'));
    const layer = makeLayer([
      {name: 'small', content: 'x'.repeat(100_000)},
      {name: 'big', content: 'x'.repeat(2_000_000)},
    ]);
    const error = await engineErrorOf(() =>
      store.unpack(pieces(layer.blob), {mediaType: layer.mediaType, diffId: layer.diffId}),
    );
    is(error.code, 'disk-full');
    match(
      error.message,
      /^cannot unpack layer sha256:[0-9a-f]{64}: entry 'big': .*\/small\/layers\/tmp\/[0-9a-f-]+ is full: \d+ kB are free, and \d+ kB stay so, after \d+ kB of this layer$/,
    );
    equal(readdirSync(join(root, 'layers/tmp')), []);
  } finally {
    umount(root);
  }
});

test('a disk without inodes is said as such', async ({layers}) => {
  const root = join(layers.folder, 'small');
  mkdirSync(root);
  mount('tmpfs', root, 'tmpfs', 0n, 'size=10m,nr_inodes=20');
  try {
    const store = new LayerStore(join(root, 'layers'));
    const layer = makeLayer(Array.from({length: 50}, (_, index) => ({name: `f${index}`})));
    const error = await engineErrorOf(() =>
      store.unpack(pieces(layer.blob), {mediaType: layer.mediaType, diffId: layer.diffId}),
    );
    is(error.code, 'disk-full');
    match(error.message, ' is full: no inode is free, after 0 kB of this layer');
    equal(readdirSync(join(root, 'layers/tmp')), []);
  } finally {
    umount(root);
  }
});

test('kill -9 at any moment of unpacking and committing leaves a whole layer or none', async ({layers}) => {
  const layer = makeLayer(
    Array.from({length: 400}, (_, index) => ({
      name: `d${index % 7}/f${index}`,
      content: `${index}`.repeat(500),
    })),
  );
  writeFileSync(join(layers.folder, 'blob'), layer.blob);
  mkdirSync(join(layers.root, 'tmp'), {recursive: true});
  const code = `
    import {createReadStream} from 'node:fs';
    import {LayerStore} from ${JSON.stringify(join(import.meta.dirname, '../../src/storage/layer-store.ts'))};
    const store = new LayerStore(${JSON.stringify(layers.root)});
    console.log('start');
    while (true) {
      const blob = createReadStream(${JSON.stringify(join(layers.folder, 'blob'))});
      const layer = await store.unpack(blob, {mediaType: 'x', diffId: '${layer.diffId}'});
      await store.commit(layer, {chainId: '${layer.diffId}', parents: []});
      await store.collect(new Set());
    }`;
  for (let round = 0; round < 12; round++) {
    const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', code]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await sleep(5 + round * 17);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    for (const {chainId} of await layers.store.list()) {
      equal([chainId, readdirSync(layers.filesOf(chainId), {recursive: true}).length], [layer.diffId, 407]);
    }
    for (const name of readdirSync(layers.root)) {
      if (name !== 'tmp') is(existsSync(join(layers.root, name, 'layer.json')), true);
    }
    await layers.store.collect(new Set());
    equal([readdirSync(layers.root), layers.leftovers()], [['tmp'], []]);
  }
  rmSync(join(layers.folder, 'blob'));
});

test('folder names are short, stable and different for each chainID', () => {
  const sha512 = `sha512:${'ab'.repeat(64)}`;
  const names = [one.diffId, `sha256:${'0'.repeat(64)}`, `sha256:${'f'.repeat(64)}`, sha512].map(
    layerFolderName,
  );
  for (const name of names) match(name, /^[a-z2-7]{20}$/);
  is(new Set(names).size, 4);
  is(layerFolderName(`sha256:${'0'.repeat(64)}`), 'a'.repeat(20));
  is(layerFolderName(`sha256:${'f'.repeat(64)}`), '7'.repeat(20));
});

test('a commit is on disk when it ends, unless the configuration says fast', async ({layers}) => {
  const calls: string[] = [];
  traceTo((text) => calls.push(text));
  for (const durability of ['full', 'fast'] as const) {
    const store = new LayerStore(join(layers.folder, durability), {durability});
    const unpacked = await store.unpack(pieces(one.blob), one);
    await store.commit(unpacked, {chainId: one.diffId, parents: []});
    const isSynced = calls.splice(0).some((call) => call.includes('sync --file-system'));
    equal([isSynced, await store.has(one.diffId)], [durability === 'full', true]);
  }
  traceTo(() => undefined);
});

test('two chainIDs that would share a folder are never mixed up', async ({layers}) => {
  const [chainId = ''] = await layers.add(one);
  // As a collision would look: another chainID's record in the folder of this name.
  const folder = join(layers.root, layerFolderName(chainId));
  const other = makeLayer([{name: 'other'}]);
  renameSync(folder, join(layers.root, layerFolderName(other.diffId)));
  is(await layers.store.has(other.diffId), false);
  const error = await engineErrorOf(() => layers.add(other));
  is(error.code, 'state-damaged');
  is(
    error.message,
    `layers ${other.diffId} and ${chainId} would share the folder ${layerFolderName(other.diffId)}`,
  );
  equal(layers.leftovers(), []);
});

test.run();
