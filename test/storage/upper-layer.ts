// A container's changes on a real overlay mount: what the layer made of them holds, that it shows the same once it is
// unpacked, and what is listed as changed.
import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {suite} from 'uvu';
import {equal, is, throws} from 'uvu/assert';
import {isEngineError} from '../../src/errors.ts';
import {listChanges} from '../../src/storage/changed-files.ts';
import {mountRootfs, prepareRootfs, removeRootfs} from '../../src/storage/container-rootfs.ts';
import {mergedMembers} from '../../src/storage/merged-members.ts';
import {type TarEntry, TarReader} from '../../src/storage/tar-reader.ts';
import {type TarMember, writeTar} from '../../src/storage/tar-writer.ts';
import {layerMembers} from '../../src/storage/upper-layer.ts';
import {setXattr} from '../../src/system/libc.ts';
import {layerOf} from '../support/layer.ts';
import {makeTemporaryLayers, type TemporaryLayers} from '../support/temporary-layers.ts';
import {differences, listTree} from '../support/tree-listing.ts';

interface Context {
  layers: TemporaryLayers;
  chainIds: string[];
}

const test = suite<Context>('upper-layer');

test.before.each(async (context) => {
  context.layers = makeTemporaryLayers();
  context.chainIds = await context.layers.add(
    [
      {name: 'd/'},
      {name: 'd/old', content: 'old'},
      {name: 'd/sub/deep', content: 'deep'},
      {name: 'gone/inside', content: 'x'},
      {name: 'kept', content: 'kept'},
      {name: 'mode'},
      {name: 'one', content: 'links'},
      {name: 'two', type: 'hard-link', linkName: 'one'},
      {name: 'link', type: 'symbolic-link', linkName: 'kept'},
      {name: 'swap', content: 'a file'},
      {name: 'turn/inside'},
      {name: 'touched', content: 'same'},
    ],
    [{name: 'opaque/'}, {name: 'opaque/old'}, {name: 'opaque/both', content: '1'}, {name: 'etc/'}],
  );
});

test.after.each(({layers}) => {
  for (const name of ['container', 'again', 'image']) removeRootfs(join(layers.folder, name));
  layers[Symbol.dispose]();
});

/** Mounts what these layers show, in a folder of its own. */
function mountIn(layers: TemporaryLayers, name: string, chainIds: string[]): string {
  const containerFolder = join(layers.folder, name);
  mkdirSync(containerFolder, {recursive: true});
  prepareRootfs(containerFolder);
  return mountRootfs({containerFolder, layersRoot: layers.root, chainIds});
}

function written({layers, chainIds}: Context, name = 'container', places: string[] = []) {
  return {
    upper: join(layers.folder, name, 'upper'),
    layers: chainIds.map(layers.filesOf),
    places: new Set(places),
  };
}

function change(rootfs: string, script: string): void {
  execFileSync('bash', ['-c', `set -e; umask 022; ${script}`], {cwd: rootfs, stdio: 'pipe'});
}

const script = String.raw`
printf new >d/new; rm d/old; printf more >>d/sub/deep; rm -r gone; chmod 4711 mode; chown 3:4 mode
printf changed >one; ln d/new d/again; ln -s ../kept d/link; rm link
rm swap; mkdir swap; printf in >swap/in; rm -r turn; printf 'a file now' >turn
rm -r opaque; mkdir -m 2775 opaque; printf 2 >opaque/both; mkdir -p opaque/deeper; : >opaque/deeper/f
mkfifo -m 620 pipe; mknod -m 666 null c 1 3; mknod disk b 259 70000
mkdir -p new/tree; : >new/tree/empty; truncate -s 1M new/sparse; printf x | dd of=new/sparse bs=1 seek=600000 conv=notrunc status=none
touch -d @1234567890.123456789 touched; : >"$(printf 'l\344tin')"; : >"$(printf 'l%.0s' $(seq 200))"
python3 - <<'END'
import os, struct
os.setxattr('kept', 'security.capability', struct.pack('<IIIII', 0x02000001, 0x2000, 0, 0, 0))
os.setxattr('new', 'user.note', b'\x00\xff')
END
touch -hd @1000000000 new d/link opaque swap
`;

const leftOut: string[] = [];
const notice = (path: string, why: string) => void leftOut.push(`${path}: ${why}`);

function archive(members: Iterable<TarMember>): {tar: Buffer; entries: TarEntry[]} {
  const entries: TarEntry[] = [];
  const tar = Buffer.concat([...writeTar(members)]);
  const reader = new TarReader({
    entry: (entry) => entries.push(entry),
    data: () => undefined,
    entryEnd: () => undefined,
  });
  reader.write(tar);
  reader.finish();
  return {tar, entries};
}

test('a layer of every kind of change shows the same once it is unpacked', async (context) => {
  const {layers, chainIds} = context;
  const rootfs = mountIn(layers, 'container', chainIds);
  change(rootfs, script);
  const {tar, entries} = archive(layerMembers(written(context), notice));
  equal(leftOut, []);
  equal(
    entries.map(({name, type, linkName}) => `${type} ${name}${linkName && ` -> ${linkName}`}`),
    [
      'folder d/',
      'file d/again',
      'symbolic-link d/link -> ../kept',
      'hard-link d/new -> d/again',
      'file d/.wh.old',
      'folder d/sub/',
      'file d/sub/deep',
      'block-device disk',
      'file .wh.gone',
      'file kept',
      'file .wh.link',
      `file ${'l'.repeat(200)}`,
      'file l\xe4tin',
      'file mode',
      'folder new/',
      'file new/sparse',
      'folder new/tree/',
      'file new/tree/empty',
      'character-device null',
      'file one',
      'folder opaque/',
      'file opaque/.wh..wh..opq',
      'file opaque/both',
      'folder opaque/deeper/',
      'file opaque/deeper/f',
      'fifo pipe',
      'folder swap/',
      'file swap/.wh..wh..opq',
      'file swap/in',
      'file touched',
      'file turn',
    ],
  );
  const layer = layerOf(tar);
  const chainId = `sha256:${'c'.repeat(64)}`;
  await layers.store.commit(await layers.unpack(layer), {chainId, parents: chainIds});
  const image = mountIn(layers, 'image', [...chainIds, chainId]);
  const [shown, expected] = [listTree(image), listTree(rootfs)];
  for (const tree of [shown, expected]) tree.delete('');
  is(expected.size > 25, true);
  equal(differences(shown, expected), []);
});

test('the whole root is archived as it is seen, without a mount', (context) => {
  const {layers, chainIds} = context;
  const rootfs = mountIn(layers, 'container', chainIds);
  change(rootfs, script);
  const {upper, layers: lower} = written(context);
  const {tar} = archive(mergedMembers([...lower, upper], notice));
  const [path, reference] = [join(layers.folder, 'root.tar'), join(layers.folder, 'reference')];
  writeFileSync(path, tar);
  mkdirSync(reference);
  const options = ['--xattrs', '--xattrs-include=*', '--numeric-owner', '-xpf', path, '-C', reference];
  execFileSync('tar', options, {stdio: 'pipe'});
  const [shown, expected] = [listTree(reference), listTree(rootfs)];
  for (const tree of [shown, expected]) {
    tree.delete('');
    // The overlay goes on counting a name that is another file since it was written to.
    tree.set('/two', tree.get('/two')?.replace(/links \d/, '') ?? '');
  }
  equal(differences(shown, expected), []);
});

test('changes are listed by the rules of Docker', (context) => {
  const rootfs = mountIn(context.layers, 'container', context.chainIds);
  change(rootfs, script);
  change(rootfs, 'ln kept kept2; rm kept2; mkdir etc/empty; rmdir etc/empty');
  equal(
    listChanges(written(context)).map(({kind, path}) => `${kind.charAt(0)} ${path}`),
    [
      'c /d',
      'a /d/again',
      'a /d/link',
      'a /d/new',
      'd /d/old',
      'c /d/sub',
      'c /d/sub/deep',
      'a /disk',
      'd /gone',
      'c /kept',
      'd /link',
      `a /${'l'.repeat(200)}`,
      'a /l\ufffdtin',
      'c /mode',
      'a /new',
      'a /new/sparse',
      'a /new/tree',
      'a /new/tree/empty',
      'a /null',
      'c /one',
      'c /opaque',
      'c /opaque/both',
      'a /opaque/deeper',
      'a /opaque/deeper/f',
      'd /opaque/old',
      'a /pipe',
      'c /swap',
      'a /swap/in',
      'c /touched',
      'c /turn',
    ],
  );
});

test('the same change gives the same bytes, at another time and in another order', (context) => {
  const times = 'touch -hd @1000000000.5 d/new d/again d/link d opaque opaque/both new new/x new/y .';
  const steps = [
    'printf new >d/new; ln d/new d/again; ln -s x d/link',
    'rm -r opaque; mkdir opaque; : >opaque/both',
  ];
  const more = ['mkdir new; : >new/x; : >new/y', 'rm -r gone'];
  change(mountIn(context.layers, 'container', context.chainIds), [...steps, ...more, times].join(';'));
  change(
    mountIn(context.layers, 'again', context.chainIds),
    ['mkdir new; : >new/y; : >new/x', ...[...steps, 'rm -r gone'].toReversed(), times].join(';'),
  );
  const [first, second] = ['container', 'again'].map((name) =>
    archive(layerMembers(written(context, name), notice)),
  );
  equal(
    first?.entries.map(({name}) => name),
    second?.entries.map(({name}) => name),
  );
  is(first?.tar.equals(second?.tar ?? Buffer.alloc(0)), true);
});

test("places of the engine's mounts are no change, nor what had to be changed for them", (context) => {
  const {layers, chainIds} = context;
  const places = ['etc/hosts', 'etc/hostname', 'proc', 'run/mark'];
  const rootfs = mountIn(layers, 'container', chainIds);
  change(rootfs, ': >etc/hosts; : >etc/hostname; mkdir -p proc run; : >run/mark');
  equal(listChanges(written(context, 'container', places)), []);
  equal(archive(layerMembers(written(context, 'container', places), notice)).entries, []);
  change(rootfs, ': >etc/own; chmod 700 run');
  const {entries} = archive(layerMembers(written(context, 'container', places), notice));
  equal(
    entries.map(({name}) => name),
    ['etc/', 'etc/own'],
  );
  equal(
    listChanges(written(context, 'container', places)).map(({path}) => path),
    ['/etc', '/etc/own'],
  );
});

test('a root with another mode or owner has an entry', (context) => {
  change(mountIn(context.layers, 'container', context.chainIds), 'chmod 1777 .; touch -d @5 .');
  const {entries} = archive(layerMembers(written(context), notice));
  equal(
    entries.map(({name, mode, mtime}) => ({name, mode, mtime})),
    [{name: './', mode: 0o1777, mtime: {seconds: 5n, nanoseconds: 0}}],
  );
});

test('what a layer cannot hold is left out, and told', async (context) => {
  const rootfs = mountIn(context.layers, 'container', context.chainIds);
  change(rootfs, ': >d/.wh.odd');
  process.chdir(rootfs);
  const server = createServer();
  await new Promise<void>((done) => server.listen('socket', done));
  process.chdir('/');
  const told: string[] = [];
  const {entries} = archive(layerMembers(written(context), (path, why) => told.push(`${path}: ${why}`)));
  server.close();
  equal(
    entries.map(({name}) => name),
    ['d/'],
  );
  equal(told, [
    '/d/.wh.odd: its name means something else in a layer',
    '/socket: an archive holds no sockets',
  ]);
});

test('a folder that another overlay has redirected is refused', (context) => {
  change(mountIn(context.layers, 'container', context.chainIds), 'mkdir moved');
  const files = written(context);
  setXattr(join(files.upper, 'moved'), 'trusted.overlay.redirect', Buffer.from('/d'));
  throws(
    () => archive(layerMembers(files, notice)),
    (error: unknown) =>
      isEngineError(error, 'not-supported') &&
      error.message.startsWith(
        "cannot archive 'moved': an overlay that was mounted with metacopy or redirect",
      ),
  );
});

test.run();
