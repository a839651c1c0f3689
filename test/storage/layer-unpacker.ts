import {lstatSync, readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import {equal, is} from 'uvu/assert';
import {getXattr, listXattrs} from '../../src/system/libc.ts';
import {encodeSpecial, type LayerEntry, makeLayer, paxData, writeNumber} from '../support/layer.ts';
import {makeTemporaryLayers, type TemporaryLayers} from '../support/temporary-layers.ts';

const test = suite<{layers: TemporaryLayers}>('layer-unpacker');

test.before.each((context) => {
  context.layers = makeTemporaryLayers();
});

test.after.each(({layers}) => {
  layers.checkCanary();
  layers[Symbol.dispose]();
});

/** Unpacks one layer and returns the path of a name in it. */
async function unpack(layers: TemporaryLayers, entries: (LayerEntry | Buffer)[], pieceBytes?: number) {
  const {folder} = await layers.unpack(makeLayer(entries), pieceBytes);
  return (...names: string[]) => join(folder, 'd', ...names);
}

const mtimeOf = (path: string | Buffer) => lstatSync(path, {bigint: true}).mtimeNs;

test('a file has its content, owner, mode with set-id and sticky bits, and time', async ({layers}) => {
  const umask = process.umask(0o077);
  const at = await unpack(layers, [
    {name: 'suid', content: 'x', mode: 0o6755, uid: 1000, gid: 2000, mtime: 1_234_567_890},
    {name: 'open', mode: 0o666},
    {name: 'tmp/', mode: 0o1777},
    {name: 'closed', mode: 0, content: 'y'},
  ]).finally(() => process.umask(umask));
  const suid = lstatSync(at('suid'));
  equal([suid.mode, suid.uid, suid.gid, suid.mtimeMs], [0o106755, 1000, 2000, 1_234_567_890_000]);
  is(lstatSync(at('open')).mode, 0o100666);
  is(lstatSync(at('tmp')).mode, 0o041777);
  is(lstatSync(at('closed')).mode, 0o100000);
  equal(readFileSync(at('closed'), 'utf8'), 'y');
});

test('a file in a set-group-id folder keeps its own group', async ({layers}) => {
  const at = await unpack(layers, [
    {name: 'mail/', mode: 0o2775, gid: 8},
    {name: 'mail/root'},
    {name: 'mail/d/'},
  ]);
  is(lstatSync(at('mail')).mode & 0o7777, 0o2775);
  is(lstatSync(at('mail/root')).gid, 0);
  equal([lstatSync(at('mail/d')).gid, lstatSync(at('mail/d')).mode & 0o7777], [0, 0o755]);
});

test('times are exact to the nanosecond, before 1970, on links and on folders', async ({layers}) => {
  const at = await unpack(layers, [
    {name: 'd/', pax: {mtime: '1600000000.000000001'}},
    {name: 'd/fine', pax: {mtime: '1700000000.123456789', atime: '1700000001.5'}},
    {name: 'd/old', pax: {mtime: '-1.25'}},
    {name: 'd/whole', pax: {mtime: '-2'}},
    {name: 'd/base256', mtime: -86400},
    {name: 'd/far', mtime: 12_000_000_000},
    {name: 'd/link', type: 'symbolic-link', linkName: 'nowhere', pax: {mtime: '1500000000.999999999'}},
    {name: 'd/long', pax: {mtime: '1500000000.9999999999999'}},
  ]);
  is(mtimeOf(at('d')), 1600000000000000001n);
  is(mtimeOf(at('d/fine')), 1700000000123456789n);
  is(lstatSync(at('d/fine'), {bigint: true}).atimeNs, 1700000001500000000n);
  is(mtimeOf(at('d/old')), -1250000000n);
  is(mtimeOf(at('d/whole')), -2000000000n);
  is(mtimeOf(at('d/base256')), -86400000000000n);
  is(mtimeOf(at('d/far')), 12000000000000000000n);
  is(mtimeOf(at('d/link')), 1500000000999999999n);
  is(mtimeOf(at('d/long')), 1500000000999999999n);
});

test('links, devices and FIFOs are made as they are', async ({layers}) => {
  const at = await unpack(layers, [
    {name: 'file', content: 'abc', mode: 0o600},
    {name: 'sub/hard', type: 'hard-link', linkName: 'file'},
    {name: 'again', type: 'hard-link', linkName: './sub/hard'},
    {name: 'sym', type: 'symbolic-link', linkName: '../../../outside', uid: 7},
    {name: 'linked', type: 'hard-link', linkName: 'sym'},
    {name: 'null', type: 'character-device', major: 1, minor: 3, mode: 0o666},
    {name: 'disk', type: 'block-device', major: 259, minor: 70000, mode: 0o660, gid: 6},
    {name: 'gnu', type: 'character-device', major: 5, minor: 1, format: 'gnu'},
    {name: 'pipe', type: 'fifo', mode: 0o622},
  ]);
  const {ino} = lstatSync(at('file'));
  equal([lstatSync(at('sub/hard')).ino, lstatSync(at('again')).ino], [ino, ino]);
  is(lstatSync(at('file')).nlink, 3);
  equal([readlinkSync(at('sym')), lstatSync(at('sym')).uid], ['../../../outside', 7]);
  is(lstatSync(at('linked')).ino, lstatSync(at('sym')).ino);
  equal([lstatSync(at('null')).rdev, lstatSync(at('null')).mode], [0x103, 0o020666]);
  const disk = lstatSync(at('disk'));
  equal([disk.rdev, disk.mode, disk.gid], [(70000 % 256) | (259 << 8) | ((70000 >> 8) << 20), 0o060660, 6]);
  is(lstatSync(at('gnu')).rdev, 0x501);
  is(lstatSync(at('pipe')).mode, 0o010622);
});

test('extended attributes keep binary values, and capabilities survive owner and content', async ({
  layers,
}) => {
  const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
  const binary = Buffer.from([0, 1, 0xff, 0x0a, 0x3d, 0xfe, 0]);
  const at = await unpack(layers, [
    {
      name: 'ping',
      content: 'x',
      uid: 5,
      mode: 0o755,
      xattrs: {'security.capability': capability, 'user.b': binary},
    },
    {name: 'folder/', xattrs: {'trusted.x': 'y', 'user.empty': ''}},
    {name: 'sym', type: 'symbolic-link', linkName: 'x', xattrs: {'trusted.l': binary}},
    {name: 'encoded', xattrs: {'user.a%3Db%25': '1'}},
  ]);
  equal(getXattr(at('ping'), 'security.capability'), capability);
  equal(getXattr(at('ping'), 'user.b'), binary);
  equal(listXattrs(at('folder')).sort(), ['trusted.x', 'user.empty']);
  equal(getXattr(at('sym'), 'trusted.l'), binary);
  equal(listXattrs(at('encoded')), ['user.a=b%']);
});

test('attributes that steer an overlay or belong to another machine are left out', async ({layers}) => {
  const at = await unpack(layers, [
    {
      name: 'f',
      xattrs: {
        'trusted.overlay.redirect': '/etc',
        'trusted.overlay.metacopy': '',
        'user.overlay.opaque': 'y',
        'security.selinux': 'system_u:object_r:bin_t:s0',
        'security.evm': 'x',
        'user.kept': '1',
      },
    },
    {name: 'sym', type: 'symbolic-link', linkName: 'x', xattrs: {'user.not-on-links': '1'}},
    {name: 'd/', xattrs: {'trusted.overlay.opaque': 'y'}},
  ]);
  equal(listXattrs(at('f')), ['user.kept']);
  equal(listXattrs(at('sym')), []);
  equal(listXattrs(at('d')), []);
});

test('names are bytes: not UTF-8, with newlines, of 255 bytes, and long paths', async ({layers}) => {
  const latin = Buffer.from([0x66, 0xfc, 0x72]);
  const longest = 'n'.repeat(255);
  const deep = `${'folder-of-some-length/'.repeat(20)}file`;
  const at = await unpack(layers, [
    {name: latin, content: 'latin', pax: {mtime: '1.5'}, xattrs: {'user.x': '1'}},
    {name: 'link', type: 'symbolic-link', linkName: latin},
    {name: 'hard', type: 'hard-link', linkName: latin},
    {name: 'ünï\ncode', content: 'x'},
    {name: longest, content: 'pax'},
    {name: deep, content: 'gnu', gnuLongName: true},
    {name: 'sym', type: 'symbolic-link', linkName: deep, gnuLongName: true},
    {name: Buffer.concat([latin, Buffer.from('-d/')])},
    {name: Buffer.concat([latin, Buffer.from('-d/'), latin])},
  ]);
  const latinPath = Buffer.concat([Buffer.from(`${at()}/`), latin]);
  equal(readFileSync(latinPath, 'utf8'), 'latin');
  is(mtimeOf(latinPath), 1500000000n);
  equal(getXattr(latinPath, 'user.x'), Buffer.from('1'));
  equal(readlinkSync(at('link'), 'buffer'), latin);
  equal(readFileSync(at('hard'), 'utf8'), 'latin');
  equal(readFileSync(at('ünï\ncode'), 'utf8'), 'x');
  equal(readFileSync(at(longest), 'utf8'), 'pax');
  equal(readFileSync(at(deep), 'utf8'), 'gnu');
  equal(readlinkSync(at('sym')), deep);
  equal(readdirSync(Buffer.concat([latinPath, Buffer.from('-d')]), 'buffer'), [latin]);
});

test('a ustar prefix, v7 headers and contiguous files are read', async ({layers}) => {
  const prefix = 'a'.repeat(60);
  const at = await unpack(layers, [
    {name: 'file', content: 'x', edit: (header) => header.write(`${prefix}/b`, 345)},
    {name: 'v7/', type: 'v7-file', format: 'v7'},
    {name: 'v7/file', type: 'v7-file', format: 'v7', content: 'old'},
    {name: 'solid', type: 'contiguous', content: 'solid'},
    {name: 'gnu', format: 'gnu', content: 'g', edit: (header) => writeNumber(header, 345, 12, 1_000_000_000)},
    {name: 'blank', edit: (header) => header.fill(0, 108, 124)},
  ]);
  equal(readFileSync(at(prefix, 'b/file'), 'utf8'), 'x');
  is(lstatSync(at('v7')).isDirectory(), true);
  equal(readFileSync(at('v7/file'), 'utf8'), 'old');
  equal(readFileSync(at('solid'), 'utf8'), 'solid');
  equal(readFileSync(at('gnu'), 'utf8'), 'g');
  is(lstatSync(at('blank')).uid, 0);
});

test('large owners come in base-256 and in pax records', async ({layers}) => {
  const at = await unpack(layers, [
    {name: 'pax', pax: {uid: '4000000000', gid: '3000000000'}},
    {name: 'base256', uid: 4_000_000_000, gid: 3_000_000_000},
  ]);
  for (const name of ['pax', 'base256']) {
    equal([lstatSync(at(name)).uid, lstatSync(at(name)).gid], [4_000_000_000, 3_000_000_000]);
  }
});

test('a signed checksum of an old writer is accepted', async ({layers}) => {
  const layer = makeLayer([{name: Buffer.from([0xe4, 0xf6]), content: 'x'}]);
  const header = layer.tar.subarray(0, 512);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + (byte > 127 ? byte - 256 : byte), 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const at = await unpack(layers, [layer.tar]);
  is(readdirSync(at()).length, 1);
});

test('global pax records hold for all that follows, local ones for one entry', async ({layers}) => {
  const at = await unpack(layers, [
    {name: 'before'},
    encodeSpecial(
      'g',
      paxData([
        ['uid', '42'],
        ['path', 'nonsense'],
        ['comment', 'abc'],
      ]),
    ),
    {name: 'a'},
    {name: 'b', pax: {uid: '43'}},
    {name: 'c'},
    encodeSpecial('g', paxData([['uid', '']])),
    {name: 'd'},
  ]);
  equal(readdirSync(at()).sort(), ['a', 'b', 'before', 'c', 'd']);
  equal(
    ['before', 'a', 'b', 'c', 'd'].map((name) => lstatSync(at(name)).uid),
    [0, 42, 43, 42, 0],
  );
});

const block = (letter: string, count = 512) => letter.repeat(count);

for (const [form, entry] of Object.entries<LayerEntry>({
  'old GNU': {
    name: 'sparse',
    type: 'gnu-sparse',
    format: 'gnu',
    content: block('a') + block('b', 100),
    edit(header) {
      for (const [index, number] of [1024, 512, 8192, 100].entries())
        writeNumber(header, 386 + index * 12, 12, number);
      writeNumber(header, 483, 12, 10_000);
    },
  },
  'pax 0.0': {
    name: 'sparse',
    content: block('a') + block('b', 100),
    pax: [
      ['GNU.sparse.size', '10000'],
      ['GNU.sparse.numblocks', '2'],
      ['GNU.sparse.offset', '1024'],
      ['GNU.sparse.numbytes', '512'],
      ['GNU.sparse.offset', '8192'],
      ['GNU.sparse.numbytes', '100'],
    ],
  },
  'pax 0.1': {
    name: './GNUSparseFile.1/sparse',
    content: block('a') + block('b', 100),
    pax: {
      'GNU.sparse.size': '10000',
      'GNU.sparse.numblocks': '2',
      'GNU.sparse.name': 'sparse',
      'GNU.sparse.map': '1024,512,8192,100',
    },
  },
  'pax 1.0': {
    name: './GNUSparseFile.1/sparse',
    content: '2\n1024\n512\n8192\n100\n'.padEnd(512, '\0') + block('a') + block('b', 100),
    pax: {
      'GNU.sparse.major': '1',
      'GNU.sparse.minor': '0',
      'GNU.sparse.name': 'sparse',
      'GNU.sparse.realsize': '10000',
    },
  },
})) {
  for (const pieceBytes of [65536, 1000]) {
    test(`a sparse file in the ${form} form, in pieces of ${pieceBytes}`, async ({layers}) => {
      const at = await unpack(layers, [entry, {name: 'next', content: 'n'}], pieceBytes);
      const expected = Buffer.alloc(10_000);
      expected.write(block('a'), 1024);
      expected.write(block('b', 100), 8192);
      equal(readFileSync(at('sparse')), expected);
      equal(readFileSync(at('next'), 'utf8'), 'n');
      equal(readdirSync(at()).sort(), ['next', 'sparse']);
    });
  }
}

test('an old GNU sparse map goes on in extension blocks', async ({layers}) => {
  const runs = Array.from({length: 30}, (_, index) => index * 2048);
  const extension = Buffer.alloc(1024);
  for (const [index, offset] of runs.slice(4).entries()) {
    const start = index < 21 ? index * 24 : 512 + (index - 21) * 24;
    writeNumber(extension, start, 12, offset);
    writeNumber(extension, start + 12, 12, 512);
  }
  extension[504] = 1;
  const at = await unpack(layers, [
    {
      name: 'sparse',
      type: 'gnu-sparse',
      format: 'gnu',
      content: runs.map((_, index) => block(String.fromCharCode(65 + index))).join(''),
      extension,
      edit(header) {
        for (const [index, offset] of runs.slice(0, 4).entries()) {
          writeNumber(header, 386 + index * 24, 12, offset);
          writeNumber(header, 398 + index * 24, 12, 512);
        }
        header[482] = 1;
        writeNumber(header, 483, 12, 100_000);
      },
    },
  ]);
  const content = readFileSync(at('sparse'), 'latin1');
  is(content.length, 100_000);
  for (const [index, offset] of runs.entries()) is(content[offset], String.fromCharCode(65 + index));
  is(lstatSync(at('sparse')).blocks * 512 < 100_000, true);
});

test('a sparse file may be one hole', async ({layers}) => {
  const at = await unpack(layers, [
    {
      name: 'hole',
      content: '0\n'.padEnd(512, '\0'),
      pax: {'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '1000000'},
    },
  ]);
  equal([lstatSync(at('hole')).size, lstatSync(at('hole')).blocks], [1_000_000, 0]);
});

test('a later entry replaces an earlier one of another kind, and folders merge', async ({layers}) => {
  const at = await unpack(layers, [
    {name: 'was-file', content: 'x'},
    {name: 'was-file/'},
    {name: 'was-file/inside', content: 'y'},
    {name: 'was-folder/deep/file', content: 'x'},
    {name: 'was-folder', content: 'now a file'},
    {name: 'twice', content: 'first, longer', mode: 0o600},
    {name: 'twice', content: 'second', mode: 0o644},
    {name: 'was-link', type: 'symbolic-link', linkName: 'twice'},
    {name: 'was-link', content: 'own'},
    {name: 'merged/', mode: 0o700, xattrs: {'user.first': '1'}},
    {name: 'merged/kept'},
    {name: 'merged/', mode: 0o711, mtime: 5},
  ]);
  equal(readFileSync(at('was-file/inside'), 'utf8'), 'y');
  equal(readFileSync(at('was-folder'), 'utf8'), 'now a file');
  equal([readFileSync(at('twice'), 'utf8'), lstatSync(at('twice')).mode & 0o777], ['second', 0o644]);
  equal(readFileSync(at('was-link'), 'utf8'), 'own');
  equal(readdirSync(at('merged')), ['kept']);
  equal([lstatSync(at('merged')).mode & 0o777, mtimeOf(at('merged'))], [0o711, 5_000_000_000n]);
});

test('replacing a name leaves its other hard links as they were', async ({layers}) => {
  const at = await unpack(layers, [
    {name: 'a', content: 'old'},
    {name: 'b', type: 'hard-link', linkName: 'a'},
    {name: 'a', content: 'new'},
    {name: 'b', type: 'hard-link', linkName: 'b'},
  ]);
  equal([readFileSync(at('a'), 'utf8'), readFileSync(at('b'), 'utf8')], ['new', 'old']);
});

test('sizes count each file once and follow replacements', async ({layers}) => {
  const {tree} = await layers.unpack(
    makeLayer([
      {name: 'a', content: '12345'},
      {name: 'b', type: 'hard-link', linkName: 'a'},
      {name: 'd/x', content: '123'},
      {name: 'd/sub/y', content: '1234567'},
      {name: 'd', content: '12'},
      {name: 'a', content: '1'},
    ]),
  );
  // b keeps the five bytes of the first a.
  is(tree.sizeBytes, 5 + 2 + 1);
});

test('absolute names, ./ and inner .. are read as paths in the layer', async ({layers}) => {
  const at = await unpack(layers, [
    {name: './', mode: 0o711, mtime: 77},
    {name: '/etc/passwd', content: 'p'},
    {name: './usr//lib/../bin/./sh', content: 's'},
    {name: './/hidden/.dot', content: 'd'},
  ]);
  equal(readFileSync(at('etc/passwd'), 'utf8'), 'p');
  equal(readFileSync(at('usr/bin/sh'), 'utf8'), 's');
  equal(readFileSync(at('hidden/.dot'), 'utf8'), 'd');
  equal([lstatSync(at()).mode & 0o7777, mtimeOf(at())], [0o711, 77_000_000_000n]);
});

test('entries below a link of the layer land where it leads inside the layer', async ({layers}) => {
  const at = await unpack(layers, [
    {name: 'usr/lib/'},
    {name: 'lib', type: 'symbolic-link', linkName: 'usr/lib'},
    {name: 'lib/one', content: '1'},
    {name: 'absolute', type: 'symbolic-link', linkName: '/usr/lib'},
    {name: 'absolute/two', content: '2'},
    {name: 'out', type: 'symbolic-link', linkName: '../../../../canary'},
    {name: 'out/secret', content: 'changed'},
    {name: 'outside', type: 'symbolic-link', linkName: join(layers.folder, 'canary')},
    {name: 'outside/secret', content: 'changed'},
    {name: 'twice', type: 'symbolic-link', linkName: 'lib/..'},
    {name: 'twice/three', content: '3'},
    {name: 'hard', type: 'hard-link', linkName: 'lib/one'},
  ]);
  equal(readdirSync(at('usr/lib')).sort(), ['one', 'two']);
  equal(readFileSync(at('canary/secret'), 'utf8'), 'changed');
  equal(readFileSync(at(layers.folder, 'canary/secret'), 'utf8'), 'changed');
  equal(readFileSync(at('usr/three'), 'utf8'), '3');
  is(lstatSync(at('hard')).ino, lstatSync(at('usr/lib/one')).ino);
  is(readlinkSync(at('lib')), 'usr/lib');
});

test('whiteouts become 0/0 devices and opaque folders get the attribute', async ({layers}) => {
  const at = await unpack(layers, [
    {name: 'etc/.wh.gone'},
    {name: 'etc/.wh.with data', content: 'ignored'},
    {name: 'opaque/'},
    {name: 'opaque/.wh..wh..opq'},
    {name: 'implied/.wh..wh..opq'},
    {name: '.wh..wh.plnk/12.34', content: 'aufs'},
    {name: '.wh..wh.aufs'},
    {name: 'not.wh.one', content: 'x'},
  ]);
  for (const name of ['etc/gone', 'etc/with data']) {
    const stat = lstatSync(at(name));
    equal([stat.isCharacterDevice(), stat.rdev], [true, 0]);
  }
  for (const name of ['opaque', 'implied']) {
    equal(getXattr(at(name), 'trusted.overlay.opaque'), Buffer.from('y'));
    equal(readdirSync(at(name)), []);
  }
  equal(readdirSync(at()).sort(), ['etc', 'implied', 'not.wh.one', 'opaque']);
});

test('what a layer brings under a name that it hides stays, whichever comes first', async ({layers}) => {
  const at = await unpack(layers, [
    {name: '.wh.first'},
    {name: 'first', content: 'x'},
    {name: 'second', content: 'y'},
    {name: '.wh.second'},
    {name: '.wh.folder'},
    {name: 'folder/'},
    {name: 'folder/new'},
    {name: 'other/new'},
    {name: '.wh.other'},
    {name: '.wh.implied'},
    {name: 'implied/new'},
  ]);
  equal([readFileSync(at('first'), 'utf8'), readFileSync(at('second'), 'utf8')], ['x', 'y']);
  for (const name of ['folder', 'other', 'implied']) {
    equal(readdirSync(at(name)), ['new']);
    equal(listXattrs(at(name)), ['trusted.overlay.opaque'], name);
  }
});

for (const pieceBytes of [1, 7, 511, 512, 513, 65536]) {
  test(`an archive that comes in pieces of ${pieceBytes} bytes gives the same files`, async ({layers}) => {
    const at = await unpack(
      layers,
      [
        {name: 'a', content: 'x'.repeat(1500)},
        {name: `${'long/'.repeat(30)}b`, content: Buffer.from([1, 2, 3])},
        {name: 'empty'},
        {name: 'c', content: 'y'.repeat(512), xattrs: {'user.x': 'v'}},
      ],
      pieceBytes,
    );
    equal(readFileSync(at('a'), 'utf8'), 'x'.repeat(1500));
    equal(readFileSync(at(`${'long/'.repeat(30)}b`)), Buffer.from([1, 2, 3]));
    equal(readFileSync(at('c'), 'utf8'), 'y'.repeat(512));
    is(lstatSync(at('empty')).size, 0);
  });
}

test.run();
