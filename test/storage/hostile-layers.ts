import {existsSync, readdirSync} from 'node:fs';
import {suite} from 'uvu';
import {equal, is} from 'uvu/assert';
import {engineErrorOf} from '../support/engine-error.ts';
import {
  encodeEntry,
  encodeSpecial,
  type LayerEntry,
  layerOf,
  makeLayer,
  paxData,
  type TestLayer,
  writeNumber,
} from '../support/layer.ts';
import {makeTemporaryLayers, type TemporaryLayers} from '../support/temporary-layers.ts';

const test = suite<{layers: TemporaryLayers}>('hostile-layers');

test.before.each((context) => {
  context.layers = makeTemporaryLayers();
});

test.after.each(({layers}) => layers[Symbol.dispose]());

interface Bad {
  entries?: (LayerEntry | Buffer)[];
  layer?: TestLayer;
  code?: 'layer-invalid' | 'layer-hostile';
  /** What the message says after the layer's name. */
  says: string;
}

const good: LayerEntry = {name: 'good', content: 'x'.repeat(600)};
const sparse10: Record<string, string> = {
  'GNU.sparse.major': '1',
  'GNU.sparse.minor': '0',
  'GNU.sparse.realsize': '10000',
};

/** The archive of these entries, cut or changed. */
function edited(entries: (LayerEntry | Buffer)[], edit: (tar: Buffer) => Buffer): TestLayer {
  return layerOf(edit(makeLayer(entries).tar));
}

/** One entry with a number field overwritten. */
function withField(start: number, text: string): LayerEntry {
  return {name: 'f', edit: (header) => header.write(text, start, 'latin1')};
}

const bad: Record<string, Bad> = {
  'a name that climbs out': {
    entries: [good, {name: '../canary/secret', content: 'x'}],
    code: 'layer-hostile',
    says: "entry '../canary/secret': '../canary/secret' leads out of the layer",
  },
  'a name that climbs out in its middle': {
    entries: [{name: 'a/b/../../../canary/secret', content: 'x'}],
    code: 'layer-hostile',
    says: "entry 'a/b/../../../canary/secret': 'a/b/../../../canary/secret' leads out of the layer",
  },
  'an absolute name that climbs out': {
    entries: [{name: '/../../../../../../canary/secret', content: 'x'}],
    code: 'layer-hostile',
    says: "entry '/../../../../../../canary/secret': '/../../../../../../canary/secret' leads out of the layer",
  },
  'a pax name that climbs out': {
    entries: [{name: 'ok', pax: {path: '../../canary/secret'}}],
    code: 'layer-hostile',
    says: "entry '../../canary/secret': '../../canary/secret' leads out of the layer",
  },
  'a folder named ..': {
    entries: [{name: '..', type: 'folder', mode: 0}],
    code: 'layer-hostile',
    says: "entry '..': '..' leads out of the layer",
  },
  'a hard link to the outside': {
    entries: [{name: 'x', type: 'hard-link', linkName: '../../canary/secret'}],
    code: 'layer-hostile',
    says: "entry 'x': '../../canary/secret' leads out of the layer",
  },
  'a file in place of the layer itself': {
    entries: [{name: './', type: 'symbolic-link', linkName: '/'}],
    code: 'layer-hostile',
    says: "entry './': it would replace the layer itself",
  },
  'a whiteout of the folder above': {
    entries: [{name: 'd/.wh...', content: ''}],
    code: 'layer-hostile',
    says: "entry 'd/.wh...': a whiteout of '..'",
  },
  'a whiteout of its own folder': {
    entries: [{name: 'd/.wh..', content: ''}],
    code: 'layer-hostile',
    says: "entry 'd/.wh..': a whiteout of '.'",
  },
  'a whiteout without a name': {
    entries: [{name: 'd/.wh.', content: ''}],
    says: "entry 'd/.wh.': a whiteout without a name",
  },
  'an entry below a whiteout': {
    entries: [{name: 'd/.wh.x/y', content: ''}],
    says: "entry 'd/.wh.x/y': it lies below a whiteout",
  },
  'an entry below a file': {
    entries: [
      {name: 'file', content: 'x'},
      {name: 'file/below', content: 'y'},
    ],
    says: "entry 'file/below': its folder 'file' is not a folder",
  },
  'an entry below a device': {
    entries: [
      {name: 'dev', type: 'character-device', major: 1, minor: 1},
      {name: 'dev/below', content: 'y'},
    ],
    says: "entry 'dev/below': its folder 'dev' is not a folder",
  },
  'an entry below links that go in circles': {
    entries: [
      {name: 'a', type: 'symbolic-link', linkName: 'b'},
      {name: 'b', type: 'symbolic-link', linkName: 'a'},
      {name: 'a/x', content: 'y'},
    ],
    says: "entry 'a/x': 'a' goes through too many links",
  },
  'a symbolic link without a target': {
    entries: [{name: 's', type: 'symbolic-link'}],
    says: "entry 's': a symbolic link without a target",
  },
  'a hard link to a folder': {
    entries: [{name: 'd/'}, {name: 'h', type: 'hard-link', linkName: 'd'}],
    says: "entry 'h': a hard link to the folder 'd'",
  },
  'a hard link to the layer itself': {
    entries: [{name: 'h', type: 'hard-link', linkName: '/'}],
    says: "entry 'h': a hard link to the folder ''",
  },
  'a hard link to itself': {
    entries: [{name: 'h', type: 'hard-link', linkName: 'h'}],
    says: "entry 'h': a hard link to itself",
  },
  'a pax name with a NUL byte': {
    entries: [{name: 'n', pax: {path: 'etc/passwd\0.txt'}}],
    says: 'a pax record holds a name with a NUL byte',
  },
  'a pax link target with a NUL byte': {
    entries: [{name: 'n', type: 'symbolic-link', pax: {linkpath: 'a\0b'}}],
    says: 'a pax record holds a name with a NUL byte',
  },
  'a component of a name that is too long': {
    entries: [{name: 'n'.repeat(256)}],
    says: `entry '${'n'.repeat(200)}…': its name is too long for a file`,
  },
  'a path that is too long': {
    entries: [{name: `${'0123456789/'.repeat(400)}x`}],
    says: 'a name has 4401 bytes, more than 4096',
  },
  'an extended header of gigabytes': {
    entries: [
      encodeEntry({name: 'x', type: {flag: 'x'}, edit: (header) => writeNumber(header, 124, 12, 8e9)}),
    ],
    says: 'an extended header has 8000000000 bytes, more than 1 MiB',
  },
  'a long name of gigabytes': {
    entries: [
      encodeEntry({name: 'x', type: {flag: 'L'}, edit: (header) => writeNumber(header, 124, 12, 8e9)}),
    ],
    says: 'an extended header has 8000000000 bytes, more than 1 MiB',
  },
  'an empty long name': {
    entries: [encodeSpecial('L', Buffer.alloc(1)), {name: 'x'}],
    says: 'a long name is empty',
  },
  'a pax record whose length is wrong': {
    entries: [encodeSpecial('x', Buffer.from('99 path=x\n')), {name: 'x'}],
    says: 'a pax record has a wrong length',
  },
  'a pax record without an end': {
    entries: [encodeSpecial('x', Buffer.from('9 path=xyz')), {name: 'x'}],
    says: 'a pax record has a wrong length',
  },
  'a pax record of length 0': {
    entries: [encodeSpecial('x', Buffer.from('0 path=x\n')), {name: 'x'}],
    says: 'a pax record has a wrong length',
  },
  'a pax record without a key': {
    entries: [encodeSpecial('x', Buffer.from('6 =ab\n')), {name: 'x'}],
    says: 'a pax record has no key',
  },
  'a pax size that is not a number': {
    entries: [{name: 'x', pax: {size: '-1'}}],
    says: "the pax record 'size' is not a number: '-1'",
  },
  'a pax time that is not one': {
    entries: [{name: 'x', pax: {mtime: 'now'}}],
    says: "the pax record 'mtime' is not a time: 'now'",
  },
  'a pax owner that is not a number': {
    entries: [{name: 'x', pax: {uid: '99999999999999999999'}}],
    says: "the pax record 'uid' is not a number: '99999999999999999999'",
  },
  'an owner that means "leave it"': {
    entries: [{name: 'x', pax: {uid: '4294967295'}}],
    says: "entry 'x': its owner is not a user and group number",
  },
  'an extended attribute without a name': {
    entries: [{name: 'x', pax: {'SCHILY.xattr.': 'v'}}],
    says: 'a pax record names an impossible extended attribute',
  },
  'an extended attribute whose value the kernel refuses': {
    entries: [{name: 'x', xattrs: {'security.capability': 'nonsense'}}],
    says: "entry 'x': its extended attribute 'security.capability' is malformed or too large",
  },
  'an extended attribute of more than 64 KiB': {
    entries: [{name: 'x', xattrs: {'user.big': 'v'.repeat(70_000)}}],
    says: "entry 'x': its extended attribute 'user.big' is malformed or too large",
  },
  'a wrong checksum': {
    layer: edited([good], (tar) => {
      tar.write('G', 0);
      return tar;
    }),
    says: 'the checksum of a header is wrong',
  },
  'no archive at all': {
    layer: layerOf(Buffer.from('<html>'.repeat(200))),
    says: 'the checksum of a header is wrong',
  },
  'a size that is not octal': {
    entries: [withField(124, '99999999999\0')],
    says: 'a number in a header is not octal',
  },
  'an owner that is not octal': {
    entries: [withField(108, 'root   \0')],
    says: "a number in the header of 'f' cannot be read",
  },
  'a negative size': {
    entries: [{name: 'f', edit: (header) => writeNumber(header, 124, 12, -512)}],
    says: 'a number in a header is out of range',
  },
  'a size beyond all numbers': {
    entries: [{name: 'f', edit: (header) => header.fill(0xff, 125, 136).writeUInt8(0x80, 124)}],
    says: 'a number in a header cannot be read: parsed number outside of javascript safe integer range',
  },
  'an unknown type of entry': {
    entries: [{name: 'f', type: {flag: 'Z'}}],
    says: "'f' is of an unknown type, 'Z'",
  },
  'an archive that ends in a file': {
    layer: edited([good], (tar) => tar.subarray(0, 700)),
    says: "entry 'good': the archive is cut short",
  },
  'an archive that ends in a header': {
    layer: edited([good, good], (tar) => tar.subarray(0, 1536 + 100)),
    says: 'the archive is cut short',
  },
  'an archive that ends in an extended header': {
    layer: edited([{name: 'n'.repeat(120)}], (tar) => tar.subarray(0, 600)),
    says: 'the archive is cut short',
  },
  'an archive that ends after an extended header': {
    layer: edited([{name: 'n'.repeat(120)}], (tar) => tar.subarray(0, 1024)),
    says: 'the archive ends after an extended header',
  },
  'a zero block and then another entry': {
    entries: [good, Buffer.alloc(512), good],
    says: 'a zero block is followed by another header',
  },
  'a file said to be of many exabytes': {
    entries: [{name: 'f', edit: (header) => writeNumber(header, 124, 12, 2 ** 52)}],
    says: "entry 'f': the archive is cut short",
  },
  'a sparse file of many petabytes': {
    entries: [
      {
        name: 'f',
        content: '0\n'.padEnd(512, '\0'),
        pax: {...sparse10, 'GNU.sparse.realsize': '9007199254740991'},
      },
    ],
    says: "entry 'f': the file system holds no file of that size",
  },
  'a sparse map that goes backwards': {
    entries: [
      {name: 'f', content: 'x'.repeat(20), pax: {'GNU.sparse.size': '100', 'GNU.sparse.map': '50,10,40,10'}},
    ],
    says: 'its sparse map is out of order',
  },
  'a sparse map beyond the end of the file': {
    entries: [
      {name: 'f', content: 'x'.repeat(20), pax: {'GNU.sparse.size': '100', 'GNU.sparse.map': '90,20'}},
    ],
    says: 'its sparse map is out of order',
  },
  'a sparse map that is not the size of its data': {
    entries: [
      {name: 'f', content: 'x'.repeat(20), pax: {'GNU.sparse.size': '100', 'GNU.sparse.map': '0,10'}},
    ],
    says: 'its sparse map does not match its data',
  },
  'a sparse map with half a run': {
    entries: [
      {name: 'f', content: 'x'.repeat(20), pax: {'GNU.sparse.size': '100', 'GNU.sparse.map': '0,20,30'}},
    ],
    says: 'a sparse map has an offset without a length',
  },
  'a sparse map of words': {
    entries: [
      {name: 'f', content: 'x'.repeat(20), pax: {'GNU.sparse.size': '100', 'GNU.sparse.map': '0,all'}},
    ],
    says: 'a sparse map holds no number',
  },
  'a sparse map in the data that says it is endless': {
    entries: [{name: 'f', content: '99999999\n'.padEnd(1024, '1'), pax: sparse10}],
    says: 'a sparse map is too long',
  },
  'a sparse map in the data that never ends': {
    entries: [{name: 'f', content: '1'.repeat(4096), pax: sparse10}],
    says: 'a sparse map holds no number',
  },
  'a sparse map longer than the data': {
    entries: [{name: 'f', content: '2\n0\n', pax: sparse10}, {name: '1'}],
    says: 'a sparse map holds no number',
  },
  'a compressed blob that is cut short': {
    layer: truncated(makeLayer([{name: 'f', content: noise(100_000)}])),
    says: 'its compressed data is damaged: unexpected end of file',
  },
  'a compressed blob with a flipped bit': {
    layer: flipped(makeLayer([{name: 'f', content: 'x'.repeat(100_000)}])),
    says: 'its compressed data is damaged: ',
  },
  'a zstd blob that is cut short': {
    layer: truncated(makeLayer([{name: 'f', content: noise(400_000)}], {compression: 'zstd'})),
    says: 'its compressed data is damaged: ',
  },
};

function noise(length: number): Buffer {
  return Buffer.from(Array.from({length}, (_, index) => (index * 2654435761) >>> 13));
}

function truncated(layer: TestLayer): TestLayer {
  return {...layer, blob: layer.blob.subarray(0, layer.blob.length - 30)};
}

function flipped(layer: TestLayer): TestLayer {
  const blob = Buffer.from(layer.blob);
  const middle = blob.length >> 1;
  blob.writeUInt8(blob.readUInt8(middle) ^ 0x10, middle);
  return {...layer, blob};
}

for (const [what, {entries = [], layer = makeLayer(entries), code = 'layer-invalid', says}] of Object.entries(
  bad,
)) {
  test(`${what} is refused and leaves nothing`, async ({layers}) => {
    const error = await engineErrorOf(() => layers.unpack(layer));
    is(error.code, code, error.stack);
    const prefix = `cannot unpack layer ${layer.diffId}: `;
    is(error.message.slice(0, prefix.length), prefix);
    const rest = error.message.slice(prefix.length);
    // Which entry a flipped bit or a cut hits first depends on the decoder.
    if (says.endsWith(': ')) is(rest.includes(says), true, rest);
    else is(what.includes('cut short') ? rest.replace(/^entry '[^']*': /, '') : rest, says);
    equal(layers.leftovers(), []);
    equal(readdirSync(layers.root), ['tmp']);
    layers.checkCanary();
  });
}

test('a layer of other content than its diffID says is refused', async ({layers}) => {
  const layer = makeLayer([good]);
  const other = makeLayer([{name: 'other'}]);
  const error = await engineErrorOf(() => layers.unpack({...layer, diffId: other.diffId}));
  is(error.code, 'digest-mismatch');
  is(error.message, `layer ${other.diffId} has the content of ${layer.diffId} once unpacked`);
  equal(layers.leftovers(), []);
});

test('what follows the end of the archive counts for the diffID', async ({layers}) => {
  const layer = makeLayer([good], {end: Buffer.concat([Buffer.alloc(1024), Buffer.from('trailing')])});
  await layers.unpack(layer);
  const error = await engineErrorOf(() => layers.unpack({...layer, diffId: makeLayer([good]).diffId}));
  is(error.code, 'digest-mismatch');
});

test('a hard link whose target is in no layer is refused when the layer is committed', async ({layers}) => {
  const layer = makeLayer([good, {name: 'h', type: 'hard-link', linkName: 'nowhere'}]);
  const error = await engineErrorOf(() => layers.add([{name: 'low'}], layer));
  is(error.code, 'layer-invalid');
  is(
    error.message,
    `cannot unpack layer ${layer.diffId}: the hard link 'h' leads to 'nowhere', which is not in this layer nor below it`,
  );
  equal(layers.leftovers(), []);
  is((await layers.store.list()).length, 1);
});

test('a hard link to a file of a lower layer does not go through links of that layer', async ({layers}) => {
  const error = await engineErrorOf(() =>
    layers.add(
      [{name: 'out', type: 'symbolic-link', linkName: `${layers.folder}/canary`}],
      [{name: 'h', type: 'hard-link', linkName: 'out/secret'}],
    ),
  );
  is(error.code, 'layer-invalid');
  layers.checkCanary();
});

test('control characters of a name do not reach the message', async ({layers}) => {
  const layer = makeLayer([{name: '../\x1b[31mred', content: ''}]);
  const error = await engineErrorOf(() => layers.unpack(layer));
  is(error.message.includes('\x1b'), false);
});

test('an archive without its end, or with half of it, is accepted as Docker does', async ({layers}) => {
  for (const end of [Buffer.alloc(0), Buffer.alloc(512), Buffer.alloc(10240)]) {
    const {folder} = await layers.unpack(makeLayer([good], {end}));
    is(existsSync(`${folder}/d/good`), true);
  }
  const {folder} = await layers.unpack(layerOf(Buffer.alloc(0), 'none'));
  equal(readdirSync(`${folder}/d`), []);
});

test('a failing download leaves nothing and keeps its own error', async ({layers}) => {
  const layer = makeLayer([{name: 'f', content: noise(400_000)}]);
  async function* failing() {
    yield layer.blob.subarray(0, 100_000);
    throw new Error('the network is down');
  }
  const {mediaType, diffId} = layer;
  let message = '';
  await layers.store.unpack(failing(), {mediaType, diffId}).catch((error: Error) => {
    message = error.message;
  });
  is(message, 'the network is down');
  equal(layers.leftovers(), []);
});

test('a cancelled unpack leaves nothing and ends the download', async ({layers}) => {
  const layer = makeLayer([{name: 'f', content: noise(4_000_000)}], {compression: 'none'});
  const controller = new AbortController();
  let ended = false;
  async function* blob() {
    try {
      for (let at = 0; at < layer.blob.length; at += 65536) {
        if (at > 1_000_000) controller.abort();
        yield layer.blob.subarray(at, at + 65536);
      }
    } finally {
      ended = true;
    }
  }
  const {mediaType, diffId} = layer;
  const error = await engineErrorOf(() =>
    layers.store.unpack(blob(), {mediaType, diffId, signal: controller.signal}),
  );
  equal([error.code, ended], ['cancelled', true]);
  equal(layers.leftovers(), []);
});

test('pax data after padding of NULs is accepted', async ({layers}) => {
  const data = Buffer.concat([paxData([['uid', '7']]), Buffer.alloc(20)]);
  const {folder} = await layers.unpack(makeLayer([encodeSpecial('x', data), good]));
  is(existsSync(`${folder}/d/good`), true);
});

test.run();
