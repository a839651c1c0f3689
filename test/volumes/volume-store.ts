import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {isEngineError} from '../../src/errors.ts';
import {VolumeStore} from '../../src/volumes/volume-store.ts';

const test = suite<{root: string; store: VolumeStore}>('volume store');
test.before.each((context) => {
  context.root = join(mkdtempSync(join(tmpdir(), 'crundle-volumes-')), 'volumes');
  context.store = new VolumeStore(context.root);
});
test.after.each(({root}) => rmSync(join(root, '..'), {recursive: true}));

async function refusal(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (isEngineError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'no error';
}

test('makes a named volume with a folder that any user may enter, under any umask', async ({root, store}) => {
  const umask = process.umask(0o077);
  try {
    const volume = await store.create('data', {labels: {tier: 'db'}});
    assert.is(volume.path, join(root, 'data/_data'));
    assert.equal(volume.labels, {tier: 'db'});
    assert.is(volume.anonymous, false);
    assert.is(statSync(volume.path).mode & 0o7777, 0o755);
    assert.equal(readdirSync(root), ['data']);
    assert.equal(await store.inspect('data'), volume);
  } finally {
    process.umask(umask);
  }
});

test('a name of its own makes a volume anonymous, 64 hexadecimal digits long', async ({store}) => {
  const volume = await store.create();
  assert.match(volume.name, /^[0-9a-f]{64}$/);
  assert.is(volume.anonymous, true);
  assert.equal(volume.labels, {'com.docker.volume.anonymous': ''});
});

test('a volume that the engine named in advance can be anonymous too', async ({store}) => {
  assert.is((await store.create('f'.repeat(64), {anonymous: true, durable: false})).anonymous, true);
});

test('making a volume again changes nothing of it', async ({store}) => {
  const first = await store.create('data', {labels: {a: '1'}});
  writeFileSync(join(first.path, 'file'), 'kept');
  assert.equal(await store.create('data', {labels: {b: '2'}}), first);
  assert.is(readFileSync(join(first.path, 'file'), 'utf8'), 'kept');
});

test('twenty makers of one name get one volume, and nothing else is left', async ({root, store}) => {
  const volumes = await Promise.all(
    Array.from({length: 20}, (_, index) =>
      new VolumeStore(root).create('shared', {labels: {maker: `${index}`}}),
    ),
  );
  for (const volume of volumes) assert.equal(volume, await store.inspect('shared'));
  assert.equal(readdirSync(root), ['shared']);
});

test('a volume whose _data was removed gets a new one', async ({store}) => {
  const {path} = await store.create('data', {labels: {a: '1'}});
  rmSync(path, {recursive: true});
  assert.equal((await store.create('data')).labels, {a: '1'});
  assert.ok(existsSync(path));
});

test('lists volumes by name, and nothing that is not one', async ({root, store}) => {
  assert.equal(await store.list(), []);
  for (const name of ['zebra', 'ant', 'Bee']) await store.create(name);
  mkdirSync(join(root, '.making.1'));
  writeFileSync(join(root, 'stray'), '');
  assert.equal(
    (await store.list()).map((volume) => volume.name),
    ['Bee', 'ant', 'zebra'],
  );
});

for (const damage of ['', '{"createdAt": "20', '{"createdAt": "never", "labels": {}}', '[]']) {
  test(`a volume whose record holds '${damage}' still works, unlabelled`, async ({root, store}) => {
    const {createdAt} = await store.create('data', {labels: {a: '1'}});
    writeFileSync(join(root, 'data/volume.json'), damage);
    const volume = await store.inspect('data');
    assert.equal(volume.labels, {});
    assert.ok(Math.abs(volume.createdAt.getTime() - createdAt.getTime()) < 5000);
  });
}

test('removes a volume with all it holds, and says whether there was one', async ({root, store}) => {
  const {path} = await store.create('data');
  mkdirSync(join(path, 'a/b'), {recursive: true});
  const removeFiles = store.setAside('data');
  assert.is(store.exists('data'), false);
  assert.is(store.setAside('data'), undefined);
  await store.create('data');
  await removeFiles?.();
  assert.equal(readdirSync(root), ['data']);
});

test('tells how much a volume holds', async ({store}) => {
  const {path} = await store.create('data');
  writeFileSync(join(path, 'file'), '12345');
  assert.is(await store.sizeOf('data'), 5);
  assert.is(await store.sizeOf('absent'), 0);
});

test('a volume that is not there is not found, in the words of Docker', async ({store}) => {
  const message = 'volume-not-found: get data: no such volume';
  assert.is(await refusal(() => store.inspect('data')), message);
  assert.is(await refusal(() => store.isEmpty('data')), message);
  assert.is(await refusal(() => store.fill('data', '/tmp')), message);
});

const badNames: [name: string, message: string][] = [
  [
    'a',
    'invalid-option: create a: volume name is too short, names should be at least two alphanumeric characters',
  ],
  ...['', '..', '.hidden', '-x', 'a/b', '../../etc', 'a b', 'é1', 'a\0b'].map((name): [string, string] => [
    name,
    `invalid-option: create ${name}: "${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed`.replaceAll(
      '\0',
      '\ufffd',
    ),
  ]),
  ['a'.repeat(256), `invalid-option: create ${'a'.repeat(256)}: volume name is longer than 255 characters`],
];
for (const [name, message] of badNames) {
  test(`'${name.slice(0, 12)}' names no volume, whatever is asked of it`, async ({root, store}) => {
    assert.is(await refusal(() => store.create(name)), message);
    assert.is(
      await refusal(() => store.inspect(name)),
      `volume-not-found: get ${name}: no such volume`.replaceAll('\0', '\ufffd'),
    );
    assert.is(store.setAside(name), undefined);
    assert.is(await refusal(() => store.pathOf(name)), message);
    assert.not(existsSync(root));
  });
}

test('sweeping removes what killed processes left, and no volume', async ({root, store}) => {
  await store.create('data');
  mkdirSync(join(root, '.making.1/_data'), {recursive: true});
  mkdirSync(join(root, '.gone.2/_data/deep'), {recursive: true});
  await store.sweep();
  assert.equal(readdirSync(root), ['data']);
});

test.run();
