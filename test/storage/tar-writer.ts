// What is written is read back by TarReader and by GNU tar alike.
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import {equal, is, throws} from 'uvu/assert';
import {type TarEntry, TarReader} from '../../src/storage/tar-reader.ts';
import {type NewTarEntry, type TarMember, writeTar} from '../../src/storage/tar-writer.ts';
import {layerOf} from '../support/layer.ts';
import {makeTemporaryLayers, type TemporaryLayers} from '../support/temporary-layers.ts';
import {differences, listTree} from '../support/tree-listing.ts';

const test = suite<{layers: TemporaryLayers}>('tar-writer');

test.before.each((context) => {
  context.layers = makeTemporaryLayers();
});

test.after.each(({layers}) => layers[Symbol.dispose]());

const mtime = {seconds: 1_234_567_890n, nanoseconds: 0};
const long = (letter: string, length: number) => letter.repeat(length);

function file(name: string, content: string, more: Partial<NewTarEntry> = {}): TarMember {
  const data = Buffer.from(content, 'latin1');
  return {entry: {type: 'file', name, mode: 0o644, mtime, dataBytes: data.length, ...more}, data: [data]};
}

const members: TarMember[] = [
  {entry: {type: 'folder', name: '', mode: 0o755, mtime}},
  {entry: {type: 'folder', name: 'deep', mode: 0o1777, uid: 12, gid: 34, mtime}},
  {entry: {type: 'folder', name: `deep/${long('d', 120)}`, mode: 0o2755, mtime}},
  file(`deep/${long('d', 120)}/${long('e', 250)}`, 'x'),
  file('b'.repeat(98), 'longest but two'),
  file('b'.repeat(99), 'longest'),
  file('b'.repeat(100), 'too long by one'),
  file('n\xe4me', 'latin'),
  file('\xc3\xa4 utf-8', 'utf-8'),
  file('a\nb', 'newline'),
  file('empty', '', {mode: 0}),
  file('block', long('x', 512), {mode: 0o4755}),
  file('owned', 'o', {uid: 3_000_000, gid: 4_000_000_000}),
  file('fraction', '', {mtime: {seconds: 5n, nanoseconds: 7}}),
  file('tenth', '', {mtime: {seconds: 5n, nanoseconds: 100_000_000}}),
  file('before', '', {mtime: {seconds: -2n, nanoseconds: 750_000_000}}),
  file('long before', '', {mtime: {seconds: -1n, nanoseconds: 0}}),
  file('late', '', {mtime: {seconds: 9_000_000_000n, nanoseconds: 1}}),
  file('attributes', 'a', {
    xattrs: new Map([
      ['user.odd=name%', Buffer.alloc(0)],
      ['user.binary', Buffer.from([...Array(256).keys()])],
    ]),
  }),
  {entry: {type: 'hard-link', name: 'again', linkName: 'b'.repeat(100), mode: 0o644, mtime}},
  {entry: {type: 'symbolic-link', name: 'link', linkName: '../\xe4/', mode: 0o777, mtime}},
  {entry: {type: 'symbolic-link', name: 'far', linkName: long('t', 300), mode: 0o777, mtime}},
  {entry: {type: 'character-device', name: 'c', mode: 0o666, major: 4095, minor: 1_048_575, mtime}},
  {entry: {type: 'block-device', name: 'd', mode: 0o600, major: 8, minor: 17, mtime}},
  {entry: {type: 'fifo', name: 'pipe', mode: 0o620, mtime}},
];

/** As much of the archive as there is. */
function read(archive: Buffer): {entry: TarEntry; content: string; isWhole: boolean}[] {
  const found: {entry: TarEntry; content: string; isWhole: boolean}[] = [];
  const reader = new TarReader({
    entry: (entry) => found.push({entry, content: '', isWhole: false}),
    data(bytes) {
      const last = found.at(-1);
      if (last) last.content += bytes.toString('latin1');
    },
    entryEnd() {
      const last = found.at(-1);
      if (last) last.isWhole = true;
    },
  });
  reader.write(archive);
  return found;
}

test('TarReader finds every field of every kind of entry as it was given', () => {
  const found = read(Buffer.concat([...writeTar(members)]));
  equal(
    found.map(({entry: {name, linkName, mode, uid, gid, mtime, major, minor, xattrs, type}, ...rest}) => ({
      entry: {type, name, linkName, mode, uid, gid, mtime, major, minor, xattrs: new Map(xattrs)},
      ...rest,
    })),
    members.map(({entry: {dataBytes: _, ...entry}, data = []}) => ({
      entry: {
        linkName: '',
        uid: 0,
        gid: 0,
        major: 0,
        minor: 0,
        ...entry,
        xattrs: new Map([...(entry.xattrs ?? [])].sort()),
        name: entry.type === 'folder' ? `${entry.name || '.'}/` : entry.name,
      },
      content: Buffer.concat([...data]).toString('latin1'),
      isWhole: true,
    })),
  );
});

test('GNU tar makes the same files of it as the unpacker', async ({layers}) => {
  const archive = Buffer.concat([...writeTar(members)]);
  const path = join(layers.folder, 'written.tar');
  writeFileSync(path, archive);
  const reference = join(layers.folder, 'reference');
  mkdirSync(reference);
  execFileSync('tar', ['--xattrs', '--xattrs-include=*', '--numeric-owner', '-xpf', path, '-C', reference], {
    stdio: 'pipe',
  });
  const {folder} = await layers.unpack(layerOf(archive));
  const expected = listTree(reference);
  is(expected.size, members.length);
  equal(differences(listTree(join(folder, 'd')), expected), []);
});

test('only what a header cannot say is in an extended header, and no owner has a name', () => {
  const archive = Buffer.concat([...writeTar([file('plain', 'x', {uid: 1000, gid: 1000})])]);
  is(archive.length, 4 * 512);
  is(archive.toString('latin1', 257, 265), 'ustar\x0000');
  is(
    archive.subarray(265, 329).every((byte) => byte === 0),
    true,
  );
});

test('attributes in another order give the same bytes', () => {
  const xattrs: [string, Buffer][] = [
    ['user.a', Buffer.from('1')],
    ['user.b', Buffer.from('2')],
  ];
  const digest = (entries: [string, Buffer][]) =>
    createHash('sha256')
      .update(Buffer.concat([...writeTar([file('f', 'x', {xattrs: new Map(entries)})])]))
      .digest('hex');
  is(digest(xattrs), digest(xattrs.toReversed()));
});

test('a file larger than memory passes in pieces, and one beyond 8 GiB says its size', () => {
  const dataBytes = 9 * 1024 ** 3;
  const chunk = Buffer.alloc(1024 * 1024);
  let asked = 0;
  function* data(): Generator<Buffer> {
    for (; asked < 3; asked++) yield chunk;
    throw new Error('enough');
  }
  const entry = {type: 'file', name: 'huge', mode: 0o644, mtime, dataBytes} as const;
  const pieces = writeTar([{entry, data: data()}]);
  const first = pieces.next().value;
  is(asked, 0);
  if (!first) throw new Error('no piece');
  is(first.length, 256 * 1024);
  is(read(first)[0]?.entry.dataBytes, dataBytes);
  throws(() => [...pieces], 'enough');
  is(asked, 3);
});

test('data of another length than was said is a failure', () => {
  const entry = {type: 'file', name: 'short', mode: 0o644, mtime, dataBytes: 3} as const;
  throws(() => [...writeTar([{entry, data: [Buffer.from('ab')]}])], 'short has 2 bytes and not 3');
});

test.run();
