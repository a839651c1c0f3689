// What the committed layers show when the kernel merges them, and that containers write over them.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import {equal, is} from 'uvu/assert';
import {mountRootfs, prepareRootfs, removeRootfs} from '../../src/storage/container-rootfs.ts';
import {getXattr} from '../../src/system/libc.ts';
import {makeTemporaryLayers, type TemporaryLayers} from '../support/temporary-layers.ts';

const test = suite<{layers: TemporaryLayers; containerFolder: string}>('overlay-layers');

test.before.each((context) => {
  context.layers = makeTemporaryLayers();
  context.containerFolder = join(context.layers.folder, 'container');
  mkdirSync(context.containerFolder);
});

test.after.each(({layers, containerFolder}) => {
  removeRootfs(containerFolder);
  layers[Symbol.dispose]();
});

function mountLayers(layers: TemporaryLayers, containerFolder: string, chainIds: string[]): string {
  prepareRootfs(containerFolder);
  return mountRootfs({containerFolder, layersRoot: layers.root, chainIds});
}

test('whiteouts hide files, folders and links of lower layers', async ({layers, containerFolder}) => {
  const chainIds = await layers.add(
    [
      {name: 'a'},
      {name: 'd/x'},
      {name: 'd/y'},
      {name: 'l', type: 'symbolic-link', linkName: 'a'},
      {name: 'stays'},
    ],
    [{name: '.wh.a'}, {name: 'd/.wh.x'}, {name: '.wh.l'}],
  );
  const rootfs = mountLayers(layers, containerFolder, chainIds);
  equal(readdirSync(rootfs).sort(), ['d', 'stays']);
  equal(readdirSync(join(rootfs, 'd')), ['y']);
  is(existsSync(join(rootfs, 'a')), false);
});

test('a whiteout that hides nothing is not seen anywhere', async ({layers, containerFolder}) => {
  const chainIds = await layers.add(
    [{name: '.wh.never'}, {name: 'low/.wh.never'}, {name: 'low/file'}],
    [{name: 'high/.wh.never'}, {name: 'high/file'}, {name: 'low/.wh.neither'}, {name: 'opaque/file'}],
    [{name: 'opaque/.wh..wh..opq'}, {name: 'opaque/.wh.file'}, {name: 'opaque/new'}],
  );
  const rootfs = mountLayers(layers, containerFolder, chainIds);
  equal(readdirSync(rootfs).sort(), ['high', 'low', 'opaque']);
  equal(readdirSync(join(rootfs, 'low')), ['file']);
  equal(readdirSync(join(rootfs, 'high')), ['file']);
  equal(readdirSync(join(rootfs, 'opaque')), ['new']);
});

test('an opaque folder hides what was in it, wherever its marker stands', async ({
  layers,
  containerFolder,
}) => {
  const chainIds = await layers.add(
    [{name: 'first/old'}, {name: 'last/old'}, {name: 'deep/down/old'}],
    [
      {name: 'first/.wh..wh..opq'},
      {name: 'first/new'},
      {name: 'last/new'},
      {name: 'last/.wh..wh..opq'},
      {name: 'deep/.wh..wh..opq'},
      {name: 'deep/down/new'},
    ],
  );
  const rootfs = mountLayers(layers, containerFolder, chainIds);
  for (const folder of ['first', 'last', 'deep/down'])
    equal(readdirSync(join(rootfs, folder)), ['new'], folder);
});

test('an opaque root hides everything below', async ({layers, containerFolder}) => {
  const chainIds = await layers.add(
    [{name: 'etc/old'}, {name: 'usr/old'}, {name: 'file'}, {name: 'both', content: 'old'}],
    [{name: 'late'}],
    [{name: '.wh..wh..opq'}, {name: 'etc/new'}, {name: 'both', content: 'new'}],
    [{name: 'top'}],
  );
  const rootfs = mountLayers(layers, containerFolder, chainIds);
  equal(readdirSync(rootfs).sort(), ['both', 'etc', 'top']);
  equal(readdirSync(join(rootfs, 'etc')), ['new']);
  equal(readFileSync(join(rootfs, 'both'), 'utf8'), 'new');
});

test('a name hidden and brought again shows only what came last', async ({layers, containerFolder}) => {
  const chainIds = await layers.add(
    [{name: 'folder/old'}, {name: 'file', content: 'old'}, {name: 'implied/old'}, {name: 'kind/old'}],
    [
      {name: '.wh.folder'},
      {name: 'folder/'},
      {name: 'folder/new'},
      {name: 'file', content: 'new'},
      {name: '.wh.file'},
      {name: 'implied/new'},
      {name: '.wh.implied'},
      {name: 'kind', content: 'a file now'},
    ],
    [{name: 'kind/'}, {name: 'kind/new'}],
  );
  const rootfs = mountLayers(layers, containerFolder, chainIds);
  for (const folder of ['folder', 'implied', 'kind'])
    equal(readdirSync(join(rootfs, folder)), ['new'], folder);
  equal(readFileSync(join(rootfs, 'file'), 'utf8'), 'new');
});

test('what a layer leaves out keeps owner, mode and attributes of the layer below', async ({
  layers,
  containerFolder,
}) => {
  const chainIds = await layers.add(
    [
      {name: 'tmp/', mode: 0o1777},
      {name: 'home/u/', mode: 0o700, uid: 1000, xattrs: {'user.x': '1'}},
    ],
    [{name: 'tmp/file'}, {name: 'home/u/.profile', uid: 1000}],
  );
  const rootfs = mountLayers(layers, containerFolder, chainIds);
  is(statSync(join(rootfs, 'tmp')).mode & 0o7777, 0o1777);
  const home = statSync(join(rootfs, 'home/u'));
  equal([home.mode & 0o7777, home.uid], [0o700, 1000]);
  equal(getXattr(join(rootfs, 'home/u'), 'user.x'), Buffer.from('1'));
});

test('overlay attributes in an archive neither redirect nor hide', async ({layers, containerFolder}) => {
  const chainIds = await layers.add(
    [{name: 'secret/file'}, {name: 'plain/file'}],
    [
      {name: 'other/', xattrs: {'trusted.overlay.redirect': '/secret'}},
      {name: 'plain/', xattrs: {'trusted.overlay.opaque': 'y'}},
    ],
  );
  const rootfs = mountLayers(layers, containerFolder, chainIds);
  equal(readdirSync(join(rootfs, 'other')), []);
  equal(readdirSync(join(rootfs, 'plain')), ['file']);
});

test('a container writes, removes and renames over its layers without changing them', async ({
  layers,
  containerFolder,
}) => {
  const chainIds = await layers.add([
    {name: 'a', content: 'a', mode: 0o4755},
    {name: 'b', type: 'hard-link', linkName: 'a'},
    {name: 'd/x', content: 'x'},
  ]);
  const rootfs = mountLayers(layers, containerFolder, chainIds);
  writeFileSync(join(rootfs, 'a'), 'changed');
  rmSync(join(rootfs, 'b'));
  renameSync(join(rootfs, 'd/x'), join(rootfs, 'd/y'));
  equal(readdirSync(rootfs).sort(), ['a', 'd']);
  equal(readdirSync(join(rootfs, 'd')), ['y']);
  const files = layers.filesOf(chainIds[0] ?? '');
  equal(readdirSync(files).sort(), ['a', 'b', 'd']);
  equal(readFileSync(join(files, 'a'), 'utf8'), 'a');
  is(lstatSync(join(files, 'a')).mode & 0o7777, 0o4755);
  equal(readdirSync(join(files, 'd')), ['x']);
});

test.run();
