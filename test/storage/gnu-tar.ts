// What is unpacked is compared, file by file, with what GNU tar unpacks of the same archive.
import {execFileSync} from 'node:child_process';
import {createReadStream, existsSync, mkdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import {equal, is} from 'uvu/assert';
import {isHonoured} from '../../src/storage/layer-xattrs.ts';
import {ensureFixtures, fixtureLayout} from '../support/fixtures.ts';
import {layerOf} from '../support/layer.ts';
import {makeTemporaryLayers, type TemporaryLayers} from '../support/temporary-layers.ts';
import {differences, listTree} from '../support/tree-listing.ts';

const test = suite<{layers: TemporaryLayers}>('gnu-tar');

test.before.each((context) => {
  context.layers = makeTemporaryLayers();
});

test.after.each(({layers}) => layers[Symbol.dispose]());

const options = ['--xattrs', '--xattrs-include=*', '--numeric-owner'];

// A tree with a bit of everything, made by ordinary programs.
const script = String.raw`
umask 022; set -e
mkdir -p usr/bin "etc/with space" deep/$(printf 'd%.0s' $(seq 120))/$(printf 'e%.0s' $(seq 120)) sticky setgid
printf 'hello\n' >usr/bin/hello; chmod 4755 usr/bin/hello; chown 12:34 usr/bin/hello
printf '\000\001\377' >"etc/with space/binary"; ln -s ../../usr/bin/hello "etc/with space/link"
ln usr/bin/hello usr/bin/again; ln usr/bin/hello deep/third; ln -s nowhere dangling; ln dangling dangling2
printf x >deep/$(printf 'd%.0s' $(seq 120))/$(printf 'e%.0s' $(seq 120))/$(printf 'f%.0s' $(seq 200))
ln -s $(printf 't%.0s' $(seq 300)) long-target
chmod 1777 sticky; chmod 2755 setgid; chgrp 7 setgid; : >setgid/inside
printf latin >"$(printf 'n\344me')"; printf newline >"$(printf 'a\nb')"
mkfifo pipe; mknod null c 1 3; mknod disk b 8 17; chmod 666 null
truncate -s 3M sparse; printf middle | dd of=sparse bs=1 seek=1500000 conv=notrunc status=none; : >empty
seq 100000 >large; chmod 0 large
python3 - <<'END'
import os, struct
os.setxattr('usr/bin/hello', 'security.capability', struct.pack('<IIIII', 0x02000001, 0x2000, 0, 0, 0))
os.setxattr('large', 'user.binary', bytes(range(256)))
os.setxattr('setgid', 'trusted.note', b'a=b\n')
os.setxattr('dangling', 'trusted.link', b'1', follow_symlinks=False)
os.setxattr('empty', 'user.odd=name%', b'')
os.utime('large', ns=(1, 1234567890123456789))
os.utime('empty', ns=(0, -1500000000))
os.utime('dangling', ns=(5, 999999999000000001), follow_symlinks=False)
os.utime('usr', ns=(5, 1000000000000000007))
END
`;

function makeTree(folder: string): void {
  mkdirSync(folder);
  execFileSync('bash', ['-c', script], {cwd: folder, stdio: 'pipe'});
}

const formats = {
  'pax with sparse 1.0': ['--format=posix', '--sparse', ...options],
  'pax with sparse 0.1': ['--format=posix', '--sparse', '--sparse-version=0.1', ...options],
  'pax with sparse 0.0': ['--format=posix', '--sparse', '--sparse-version=0.0', ...options],
  'pax with times of access': ['--format=posix', ...options, '--pax-option=exthdr.name=%d/PaxHeaders/%f'],
  'GNU with sparse files': ['--format=gnu', '--sparse', '--numeric-owner'],
  'old GNU': ['--format=oldgnu', '--numeric-owner'],
} as const;

for (const [format, arguments_] of Object.entries(formats)) {
  test(`a tree archived as ${format} unpacks as GNU tar does`, async ({layers}) => {
    const tree = join(layers.folder, 'tree');
    makeTree(tree);
    const archive = join(layers.folder, 'layer.tar');
    execFileSync('tar', [...arguments_, '-cf', archive, '-C', tree, '.']);
    const {folder} = await layers.unpack(layerOf(readFileSync(archive)));
    const reference = join(layers.folder, 'reference');
    mkdirSync(reference);
    execFileSync('tar', [...options, '-xpf', archive, '-C', reference], {stdio: 'pipe'});
    const expected = listTree(reference);
    is(expected.size > 25, true);
    equal(differences(listTree(join(folder, 'd')), expected), []);
  });
}

test('ustar and v7 archives unpack as GNU tar does', async ({layers}) => {
  const tree = join(layers.folder, 'tree');
  makeTree(tree);
  rmSync(join(tree, 'deep'), {recursive: true});
  rmSync(join(tree, 'long-target'));
  for (const format of ['ustar', 'v7']) {
    if (format === 'v7') for (const name of ['pipe', 'null', 'disk']) rmSync(join(tree, name));
    const archive = join(layers.folder, `${format}.tar`);
    execFileSync('tar', [
      `--format=${format}`,
      '--numeric-owner',
      '--mtime=@1234567890',
      '-cf',
      archive,
      '-C',
      tree,
      '.',
    ]);
    const {folder} = await layers.unpack(layerOf(readFileSync(archive)));
    const reference = join(layers.folder, `reference-${format}`);
    mkdirSync(reference);
    execFileSync('tar', [...options, '-xpf', archive, '-C', reference], {stdio: 'pipe'});
    equal(differences(listTree(join(folder, 'd')), listTree(reference)), []);
  }
});

interface Manifest {
  layers: {digest: string; mediaType: string}[];
  config: {digest: string};
}

test('every file of a Debian arm64 image is as GNU tar unpacks it', async ({layers}) => {
  await ensureFixtures();
  const layout = fixtureLayout('debian');
  const blob = (digest: string) => join(layout, 'blobs/sha256', digest.slice('sha256:'.length));
  const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
  const {digest} = json(join(layout, 'index.json')).manifests[0] as {digest: string};
  let manifest = json(blob(digest));
  if ('manifests' in manifest) manifest = json(blob(manifest.manifests[0].digest));
  const {layers: descriptors, config} = manifest as Manifest;
  const {diff_ids: diffIds} = json(blob(config.digest)).rootfs as {diff_ids: string[]};
  is(descriptors.length > 0, true);
  let files = 0;
  for (const [index, descriptor] of descriptors.entries()) {
    const path = blob(descriptor.digest);
    is(existsSync(path), true);
    const {folder} = await layers.store.unpack(createReadStream(path), {
      mediaType: descriptor.mediaType,
      diffId: diffIds[index] ?? '',
    });
    const reference = join(layers.folder, `reference${index}`);
    mkdirSync(reference);
    execFileSync('tar', [...options, '-xpf', path, '-C', reference], {stdio: 'pipe'});
    const ignoreXattr = (name: string) => !isHonoured(name);
    const expected = listTree(reference, {ignoreXattr});
    files += expected.size;
    equal(differences(listTree(join(folder, 'd'), {ignoreXattr}), expected), []);
  }
  is(files > 3000, true, `${files} files`);
});

test.run();
