import {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import {equal, is, match} from 'uvu/assert';
import {refuseDamaged} from '../../src/storage/layer-damage.ts';
import {setXattr} from '../../src/system/libc.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {makeLayer} from '../support/layer.ts';
import {makeTemporaryLayers, type TemporaryLayers} from '../support/temporary-layers.ts';

const test = suite<{layers: TemporaryLayers}>('layer-check');

test.before.each((context) => {
  context.layers = makeTemporaryLayers();
});

test.after.each(({layers}) => layers[Symbol.dispose]());

const layer = makeLayer([
  {name: 'bin/', mtime: 1},
  {name: 'bin/sh', content: 'x'.repeat(600_000), mode: 0o755, mtime: 2},
  {name: 'bin/bash', type: 'hard-link', linkName: 'bin/sh'},
  {name: 'bin/a b', content: 'name', mtime: 3, xattrs: {'user.x': 'y'}},
  {name: 'bin/old', content: '', mtime: 3},
  {name: 'etc/conf.d/deep/file', content: 'deep', mtime: 4},
  {name: 'etc/conf.d/last', content: 'last', mtime: 4},
  {name: 'lib', type: 'symbolic-link', linkName: 'usr/lib', mtime: 5},
  {name: 'null', type: 'character-device', major: 1, minor: 3, mtime: 6},
  {name: 'zz/', mtime: 7},
]);

const check = (layers: TemporaryLayers, deep = false) => layers.store.check(layer.diffId, {deep});

/** Changes a file as a disk would: its times stay. */
function quietly(path: string, change: () => void): void {
  const {atime, mtime} = lstatSync(path);
  change();
  utimesSync(path, atime, mtime);
}

function flip(path: string, at: number): void {
  quietly(path, () => {
    const bytes = readFileSync(path);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  });
}

test('a layer as it was made is whole, and every byte of it is counted', async ({layers}) => {
  await layers.add(layer);
  equal(await check(layers), {state: 'whole', problems: [], count: 0});
  const done = {entries: 0, bytes: 0};
  const report = await layers.store.check(layer.diffId, {
    deep: true,
    onChecked({entries, bytes}) {
      done.entries += entries;
      done.bytes += bytes;
    },
  });
  equal([report.state, done], ['whole', {entries: 14, bytes: 600_000 + 4 + 4 + 4}]);
  is((await layers.store.check('sha256:00', {deep: true})).state, 'missing');
});

test('what replaces a layer while it is compared is compared instead', async ({layers}) => {
  await layers.add(layer);
  const folder = dirname(layers.filesOf(layer.diffId));
  cpSync(folder, `${folder}-copy`, {recursive: true});
  renameSync(folder, `${folder}-whole`);
  renameSync(`${folder}-copy`, folder);
  rmSync(join(folder, 'd/bin/a b'));
  let isReplaced = false;
  const report = await layers.store.check(layer.diffId, {
    deep: false,
    onChecked() {
      if (isReplaced) return;
      isReplaced = true;
      renameSync(folder, `${folder}-damaged`);
      renameSync(`${folder}-whole`, folder);
    },
  });
  equal([isReplaced, report.state], [true, 'whole']);
});

const damages: [name: string, damage: (files: string) => void, ...problems: string[]][] = [
  ['a file that is gone', (d) => rmSync(join(d, 'bin/a b')), '/bin: time', '/bin/a b: is missing'],
  [
    'a folder that is gone',
    (d) => rmSync(join(d, 'etc/conf.d'), {recursive: true}),
    '/etc: time',
    '/etc/conf.d: is missing',
  ],
  [
    'the last folder that is gone',
    (d) => rmSync(join(d, 'zz'), {recursive: true}),
    '/: time',
    '/zz: is missing',
  ],
  [
    'a file too many',
    (d) => writeFileSync(join(d, 'bin/evil'), ''),
    '/bin: time',
    '/bin/evil: does not belong to the layer',
  ],
  [
    'a folder too many',
    (d) => mkdirSync(join(d, 'zzz/in/it'), {recursive: true}),
    '/: time',
    '/zzz: does not belong to the layer',
  ],
  [
    'a file cut short',
    (d) => quietly(join(d, 'bin/sh'), () => truncateSync(join(d, 'bin/sh'), 5)),
    '/bin/bash: size is 5 instead of 600000',
    '/bin/sh: size is 5 instead of 600000',
  ],
  ['another mode', (d) => chmodSync(join(d, 'bin/a b'), 0o4644), '/bin/a b: mode is 4644 instead of 0644'],
  [
    'another owner',
    (d) => chownSync(join(d, 'bin/a b'), 5, 6),
    '/bin/a b: owner is 5 instead of 0, group is 6 instead of 0',
  ],
  [
    'another time',
    (d) => utimesSync(join(d, 'bin/old'), 1, 9),
    '/bin/old: time of change is 9.000000000 instead of 3.000000000',
  ],
  [
    'another target',
    (d) => {
      rmSync(join(d, 'lib'));
      symlinkSync('evil', join(d, 'lib'));
      lutimesSync(join(d, 'lib'), 5, 5);
      utimesSync(d, 0, 0);
    },
    '/lib: target is evil instead of usr/lib',
  ],
  [
    'another type',
    (d) => {
      rmSync(join(d, 'null'));
      mkdirSync(join(d, 'null'));
    },
    '/: time',
    '/null: type is dir instead of char',
  ],
  [
    'a changed attribute',
    (d) => setXattr(join(d, 'bin/a b'), 'user.x', Buffer.from('z')),
    '/bin/a b: its extended attribute user.x differs',
  ],
  [
    'an attribute too many',
    (d) => setXattr(join(d, 'zz'), 'trusted.overlay.opaque', Buffer.from('y')),
    '/zz: has the extended attribute trusted.overlay.opaque, which is not its own',
  ],
];

for (const [name, damage, ...problems] of damages) {
  test(`${name} is found without reading content, and named`, async ({layers}) => {
    await layers.add(layer);
    damage(layers.filesOf(layer.diffId));
    const report = await check(layers);
    is(report.state, 'damaged');
    is(report.count, problems.length, report.problems.join('\n'));
    for (const [index, problem] of problems.entries()) match(report.problems[index] ?? '', problem);
  });
}

test('one flipped bit of content is found by reading it, under each of its names', async ({layers}) => {
  await layers.add(layer);
  flip(join(layers.filesOf(layer.diffId), 'bin/sh'), 555_555);
  is((await check(layers)).state, 'whole');
  const {state, problems} = await check(layers, true);
  equal([state, problems], ['damaged', ['/bin/bash: its content differs', '/bin/sh: its content differs']]);
});

test('damage to the record, to the manifest and to the folder of files is told apart', async ({layers}) => {
  await layers.add(layer);
  const folder = dirname(layers.filesOf(layer.diffId));
  for (const file of ['layer.json', 'manifest.mtree']) {
    const bytes = readFileSync(join(folder, file));
    for (let at = 0; at < bytes.length; at += file === 'layer.json' ? 1 : 17) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(join(folder, file), changed);
      const {state, problems} = await check(layers);
      equal([state, problems.length, at], ['damaged', 1, at]);
      match(problems[0] ?? '', file === 'layer.json' ? 'its layer.json is' : 'its manifest is damaged');
    }
    for (const length of [0, 40, bytes.length - 1]) {
      writeFileSync(join(folder, file), bytes.subarray(0, length));
      is((await check(layers)).state, 'damaged');
    }
    rmSync(join(folder, file));
    is((await check(layers)).state, 'damaged');
    writeFileSync(join(folder, file), bytes);
  }
  is((await check(layers)).state, 'whole');
  renameSync(join(folder, 'd'), join(folder, 'e'));
  equal((await check(layers)).problems, ['the folder of its files is missing']);
});

test('a layer of before there were manifests is not called damaged', async ({layers}) => {
  await layers.add(layer);
  const folder = dirname(layers.filesOf(layer.diffId));
  rmSync(join(folder, 'manifest.mtree'));
  const record = {version: 1, chainId: layer.diffId, diffId: layer.diffId, sizeBytes: 5};
  writeFileSync(join(folder, 'layer.json'), JSON.stringify(record));
  equal(await check(layers, true), {state: 'unproven', problems: [], count: 0});
  is(await layers.store.has(layer.diffId), true);
});

test('a hundred problems are counted, and twenty named', async ({layers}) => {
  await layers.add(layer);
  for (let index = 0; index < 100; index++)
    writeFileSync(join(layers.filesOf(layer.diffId), `zz/extra-${index}`), '');
  const {count, problems} = await check(layers);
  equal([count, problems.length], [101, 20]);
});

test('a check can be cancelled', async ({layers}) => {
  await layers.add(layer);
  const stop = new AbortController();
  const error = await engineErrorOf(() =>
    layers.store.check(layer.diffId, {deep: true, signal: stop.signal, onChecked: () => stop.abort()}),
  );
  is(error.code, 'cancelled');
});

test('a marked layer is refused with what was found, and the next commit replaces it', async ({layers}) => {
  await layers.add(layer);
  const refuse = () => refuseDamaged(layers.root, 'app:1', [layer.diffId]);
  refuse();
  await layers.store.mark(layer.diffId, '/bin/sh: its content differs');
  const error = await engineErrorOf(async () => refuse());
  equal(
    [error.code, error.message, error.hint],
    [
      'layer-damaged',
      `layer ${layer.diffId} of image app:1 is damaged: /bin/sh: its content differs`,
      "'crundle system check --repair' unpacks it again",
    ],
  );
  is(await layers.store.has(layer.diffId), false);
  flip(join(layers.filesOf(layer.diffId), 'bin/sh'), 5);
  await layers.add(layer);
  refuse();
  is((await check(layers, true)).state, 'whole');
  await layers.store.mark(layer.diffId, '/a\nb: is missing');
  match((await engineErrorOf(async () => refuse())).message, /is damaged: \/a\ufffdb: is missing$/);
  await layers.store.mark(layer.diffId, 'a false alarm');
  await layers.store.mark(layer.diffId, undefined);
  refuse();
  rmSync(join(dirname(layers.filesOf(layer.diffId)), 'layer.json'));
  match((await engineErrorOf(async () => refuse())).message, /layer.json is missing$/);
});

test.run();
