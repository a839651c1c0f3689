// Archives that are malformed or meant to harm: each has its code and its words, from a file and through a pipe, and leaves nothing.
import {gzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {Engine} from '../../../src/engine.ts';
import type {ErrorCode} from '../../../src/errors.ts';
import {engineErrorOf} from '../../support/engine-error.ts';
import {makeImage} from '../../support/image.ts';
import {dockerArchive, ociArchive, tarOf} from '../../support/image-archive.ts';
import {type LayerEntry, sha256} from '../../support/layer.ts';
import {
  above,
  all,
  archivePath,
  below,
  fromFile,
  fromPipe,
  removeAll,
  storeFiles,
} from '../../support/loaded-archive.ts';
import {assertHostClean} from '../../support/test-host.ts';

const test = suite<{engine: Engine}>('load-hostile');

test.before(async (context) => {
  context.engine = await Engine.open({journal: false});
});
test.after.each(({engine}) => removeAll(engine));
test.after(async ({engine}) => {
  engine.close();
  await assertHostClean();
});

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
    assert.is(error.message, message.replaceAll('NAME', archivePath));
    assert.is(error.code, code);
    const piped = await engineErrorOf(() => fromPipe(engine, archive));
    assert.is(piped.code, code);
    // Through a pipe a blob is known by its digest before it is looked for.
    if (code !== 'digest-mismatch') assert.is(piped.message, message.replaceAll('NAME', 'standard input'));
    assert.equal(storeFiles(), []);
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
    `manifest.json of ${archivePath} is invalid: it has 1001 items; at most 1000 are allowed`,
  );
  const manifests = Array.from({length: 1001}, (_, index) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: sha256(Buffer.from(String(index))),
    size: 400,
  }));
  const index = edit(oci, 'index.json', {content: JSON.stringify({schemaVersion: 2, manifests})});
  const many = await engineErrorOf(() => fromFile(engine, tarOf(index)));
  assert.is(many.message, `invalid archive ${archivePath}: it has more than 1000 images`);
});

test('refused: more names than anybody needs', async ({engine}) => {
  const entries = Array.from({length: 4100}, (_, index) => ({name: `${index}/${'n'.repeat(4089)}`}));
  const error = await engineErrorOf(() => fromFile(engine, tarOf(entries)));
  assert.is(error.message, `invalid archive ${archivePath}: its names have more than 16777216 bytes`);
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

test.run();
