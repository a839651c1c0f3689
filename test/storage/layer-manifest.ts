import {readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import {equal, is, match} from 'uvu/assert';
import {escapeName, parseMtreeLine, unescapeName} from '../../src/storage/mtree.ts';
import {type LayerEntry, makeLayer, sha256} from '../support/layer.ts';
import {makeTemporaryLayers, type TemporaryLayers} from '../support/temporary-layers.ts';

const test = suite<{layers: TemporaryLayers}>('layer-manifest');

test.before.each((context) => {
  context.layers = makeTemporaryLayers();
});

test.after.each(({layers}) => layers[Symbol.dispose]());

/** The manifest of the topmost of these layers, line by line. */
async function manifestOf(layers: TemporaryLayers, ...images: LayerEntry[][]): Promise<string[]> {
  const top = (await layers.add(...images)).at(-1) ?? '';
  const bytes = readFileSync(join(dirname(layers.filesOf(top)), 'manifest.mtree'));
  is((await layers.store.list()).find(({chainId}) => chainId === top)?.manifest, sha256(bytes));
  return bytes.toString('latin1').split('\n').slice(0, -1);
}

const digest = (content: string) => sha256(Buffer.from(content)).slice(7);

test('every kind of entry stands in the manifest with what makes it what it is', async ({layers}) => {
  const lines = await manifestOf(layers, [
    {name: 'etc/', mode: 0o2755, gid: 4, mtime: 5},
    {name: 'etc/a b#\u00e9', content: 'x', uid: 7, mode: 0o4711, pax: {mtime: '-1.25'}},
    {name: 'etc/empty', mtime: 1},
    {name: 'etc/link', type: 'symbolic-link', linkName: '../x y', mtime: 2},
    {name: 'device', type: 'block-device', major: 259, minor: 70_000, mode: 0o660, mtime: 3},
    {name: 'fifo', type: 'fifo', mode: 0o600, mtime: 4},
    {name: 'ping', content: 'ping', mtime: 6, xattrs: {'user.b c': 'v', 'user.a': Buffer.from([0, 255])}},
    {name: 'pong', type: 'hard-link', linkName: 'ping'},
  ]);
  const same = `type=file mode=0644 uid=0 gid=0 time=6.000000000 size=4 xattr.user.a=AP8= xattr.user.b\\040c=dg== sha256digest=${digest('ping')}`;
  equal(lines, [
    '#mtree',
    '. type=dir mode=0755 uid=0 gid=0 time=0.000000000',
    'device type=block mode=0660 uid=0 gid=0 time=3.000000000 device=linux,259,70000',
    'etc type=dir mode=2755 uid=0 gid=4 time=5.000000000',
    `a\\040b\\043\\303\\251 type=file mode=4711 uid=7 gid=0 time=-2.750000000 size=1 sha256digest=${digest('x')}`,
    `empty type=file mode=0644 uid=0 gid=0 time=1.000000000 size=0 sha256digest=${digest('')}`,
    'link type=link mode=0777 uid=0 gid=0 time=2.000000000 link=../x\\040y',
    '..',
    'fifo type=fifo mode=0600 uid=0 gid=0 time=4.000000000',
    `ping ${same}`,
    `pong ${same}`,
    '..',
  ]);
});

test('content is hashed in pieces of any size, with its holes', async ({layers}) => {
  const big = 'abcdefg'.repeat(100_000);
  const layer = makeLayer([{name: 'big', content: big}]);
  await layers.store.commit(await layers.unpack(layer, 1000), {chainId: layer.diffId, parents: []});
  match(
    readFileSync(join(dirname(layers.filesOf(layer.diffId)), 'manifest.mtree'), 'latin1'),
    `size=700000 sha256digest=${digest(big)}\n`,
  );
  const sparse = (realSize: string): LayerEntry => ({
    name: 'sparse',
    content: 'data',
    pax: [
      ['GNU.sparse.size', realSize],
      ['GNU.sparse.numblocks', '1'],
      ['GNU.sparse.map', '4096,4'],
    ],
  });
  const [, , line] = await manifestOf(layers, [sparse('8192')]);
  const content = Buffer.alloc(8192);
  content.write('data', 4096);
  match(line ?? '', `size=8192 sha256digest=${sha256(content).slice(7)}`);
  // Hashing a terabyte of nothing would take minutes.
  const [, , huge] = await manifestOf(layers, [sparse('1099511627776')]);
  match(huge ?? '', /size=1099511627776$/);
});

test('what finishing a layer changes is in its manifest', async ({layers}) => {
  const lines = await manifestOf(
    layers,
    [
      {name: 'home/', mode: 0o700, uid: 5, mtime: 9, xattrs: {'trusted.x': 'y'}},
      {name: 'low', content: 'low', mtime: 8},
      {name: 'gone', mtime: 1},
      {name: 'old/', mtime: 1},
    ],
    [
      {name: 'home/user', content: 'u', mtime: 7},
      {name: 'high', content: 'replaced', mtime: 7},
      {name: 'high', type: 'hard-link', linkName: 'low'},
      {name: '.wh.gone'},
      {name: '.wh.nothing'},
      {name: 'old/', mtime: 2},
      {name: 'old/.wh..wh..opq'},
    ],
  );
  equal(
    lines.map((line) => line.replace(/time=\d{10}\.\d+/, 'time=now')),
    [
      '#mtree',
      '. type=dir mode=0755 uid=0 gid=0 time=0.000000000',
      'gone type=char mode=0000 uid=0 gid=0 time=now device=linux,0,0',
      `high type=file mode=0644 uid=0 gid=0 time=8.000000000 size=3 sha256digest=${digest('low')}`,
      'home type=dir mode=0700 uid=5 gid=0 time=9.000000000 xattr.trusted.x=eQ==',
      `user type=file mode=0644 uid=0 gid=0 time=7.000000000 size=1 sha256digest=${digest('u')}`,
      '..',
      'old type=dir mode=0755 uid=0 gid=0 time=2.000000000 xattr.trusted.overlay.opaque=eQ==',
      '..',
      '..',
    ],
  );
});

test('a file that is replaced, removed with its folder or made anew has the digest of what is there', async ({
  layers,
}) => {
  const lines = await manifestOf(layers, [
    {name: 'a', content: 'first'},
    {name: 'a', content: 'second'},
    {name: 'd/f', content: 'first'},
    {name: 'd', content: 'a file now'},
    {name: 'l', content: 'x'},
    {name: 'l', type: 'hard-link', linkName: 'a'},
  ]);
  equal(
    lines.map((line) => line.match(/^(\S+) .*sha256digest=(\S+)/)).flatMap((found) => found?.slice(1) ?? []),
    ['a', digest('second'), 'd', digest('a file now'), 'l', digest('second')],
  );
});

test('any name survives being written and read', () => {
  const all = Buffer.from(Array.from({length: 255}, (_, index) => index + 1)).toString('latin1');
  match(escapeName(all), /^[!-~]+$/);
  is(unescapeName(escapeName(all)), all);
  is(escapeName('usr/lib/x86_64-linux-gnu/libstdc++.so.6'), 'usr/lib/x86_64-linux-gnu/libstdc++.so.6');
  const {name, keywords} = parseMtreeLine('a\\040b type=link link=c\\075d optional');
  equal(
    [name, [...keywords]],
    [
      'a b',
      [
        ['type', 'link'],
        ['link', 'c\\075d'],
        ['optional', ''],
      ],
    ],
  );
});

test.run();
