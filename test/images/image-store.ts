import {execFileSync} from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {Ajv} from 'ajv';
import {suite} from 'uvu';
import {equal, is, match, ok} from 'uvu/assert';
import {digestOf} from '../../src/images/digest.ts';
import type {ImageUser} from '../../src/images/image-removal.ts';
import {ImageStore} from '../../src/images/image-store.ts';
import {checkContent, recentBlobs} from '../../src/images/layout/layout-check.ts';
import {parseReference} from '../../src/images/reference.ts';
import {mediaTypes} from '../../src/oci/image-spec.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {FakeRegistry} from '../support/fake-registry.ts';
import {makeImage, makeIndex, type TestImage} from '../support/image.ts';
import {makeLayer} from '../support/layer.ts';
import {PullHost} from '../support/pull-host.ts';
import {saySkipped} from '../support/test-host.ts';

const test = suite<{registry: FakeRegistry; host: PullHost}>('image-store');

test.before.each(async (context) => {
  context.registry = await FakeRegistry.start();
  context.host = new PullHost();
});

test.after.each(async (context) => {
  context.host[Symbol.dispose]();
  await context.registry[Symbol.asyncDispose]();
});

const imageOf = (name: string, created = '2024-01-02T03:04:05Z') =>
  makeImage({created, layers: [makeLayer([{name, content: name}])]});

const nobody = () => [];
const stopped = (id = 'c'.repeat(64)): ImageUser[] => [{containerId: id, isRunning: false}];
const running = (id = 'd'.repeat(64)): ImageUser[] => [{containerId: id, isRunning: true}];

const schemas = join(import.meta.dirname, '../../../shared/schemas/image-spec');

// Names of JSON schema's draft 4, which ajv does not take; references between the files are by their names.
const withoutOldIds = (key: string, value: unknown) =>
  key === 'id' && typeof value === 'string' ? undefined : value;

function validate(schema: string, document: unknown): void {
  const ajv = new Ajv({strict: false, validateFormats: false});
  for (const name of readdirSync(schemas)) {
    const content = JSON.parse(readFileSync(join(schemas, name), 'utf8'), withoutOldIds);
    delete content.$schema;
    ajv.addSchema({...content, $id: name});
  }
  const check = ajv.getSchema(schema);
  ok(check?.(document), JSON.stringify(check?.errors));
}

function hasSchemas(): boolean {
  try {
    return readdirSync(schemas).length > 0;
  } catch {
    saySkipped('the image-spec schemas are not here');
    return false;
  }
}

test('the store is a valid OCI image layout by the official schemas', async ({registry, host}) => {
  if (!hasSchemas()) return;
  const image = imageOf('a');
  await host.pull(registry.put('app', '1', [image], makeIndex([image])));
  await host.pull(registry.put('other', '1', makeImage({format: 'docker'})));
  const read = (name: string) => JSON.parse(readFileSync(join(host.store.layout.root, name), 'utf8'));
  validate('image-layout-schema.json', read('oci-layout'));
  validate('image-index-schema.json', read('index.json'));
  for (const {digest} of host.store.layout.readIndex()) {
    validate('image-manifest-schema.json', read(`blobs/sha256/${digest.slice(7)}`));
  }
  const stored = await host.store.resolve(image.config.digest);
  validate('config-schema.json', read(`blobs/sha256/${stored.id.slice(7)}`));
});

test('skopeo copies an image out of the store by its canonical name', async ({registry, host}) => {
  const image = makeImage({
    layers: [makeLayer([{name: 'a'}]), makeLayer([{name: 'b'}], {compression: 'zstd'})],
  });
  const docker = makeImage({format: 'docker'});
  for (const [name, expected] of [
    [registry.put('team/app', '1.0', image), image],
    [registry.put('docker', '1.0', docker), docker],
  ] as const) {
    await host.pull(name);
    const target = join(host.root, 'copy');
    const source = `oci:${host.store.layout.root}:${name}`;
    execFileSync('skopeo', ['--insecure-policy', 'copy', '--quiet', source, `dir:${target}`]);
    const manifest = JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8'));
    is(manifest.mediaType, mediaTypes.ociManifest);
    is(manifest.config.digest, expected.config.digest);
    for (const layer of expected.layers) equal(readFileSync(join(target, layer.digest.slice(7))), layer.blob);
    rmSync(target, {recursive: true});
  }
});

test('a second name is one for skopeo too, and says nothing of an origin', async ({registry, host}) => {
  const docker = makeImage({format: 'docker'});
  const name = registry.put('docker', '1.0', docker);
  const other = registry.put('other', '1', imageOf('other'));
  await host.pull(name);
  await host.pull(other);
  await host.store.tag(docker.config.digest, parseReference(other));
  const image = await host.store.resolve(other);
  is(image.id, docker.config.digest);
  equal(image.references, [name, other]);
  is(image.repoDigests.length, 1);
  equal((await host.store.resolve(imageOf('other').config.digest)).references, []);
  const source = `oci:${host.store.layout.root}:${other}`;
  const args = ['--insecure-policy', 'inspect', '--raw', source];
  const manifest = JSON.parse(execFileSync('skopeo', args, {encoding: 'utf8'}));
  is(manifest.mediaType, mediaTypes.ociManifest);
  const missing = await engineErrorOf(() => host.store.tag('absent', parseReference('x')));
  is(missing.code, 'image-not-found');
});

test('images are listed the newest first', async ({registry, host}) => {
  equal(await host.store.list(), []);
  for (const [name, created] of [
    ['a', '2020-01-01T00:00:00Z'],
    ['b', '2022-01-01T00:00:00Z'],
    ['c', 'no date'],
  ] as const) {
    await host.pull(registry.put(name, '1', imageOf(name, created)));
  }
  const names = (await host.store.list()).map(({references: [name = '']}) => name.slice(-3));
  equal(names, ['b:1', 'a:1', 'c:1']);
});

test('an image is found by name, ID, prefix and digest', async ({registry, host}) => {
  const image = imageOf('a');
  const index = makeIndex([image]);
  const name = registry.put('app', 'latest', [image], index);
  await host.pull(name);
  const hex = image.config.digest.slice(7);
  for (const text of [
    name,
    `${registry.address}/app`,
    image.config.digest,
    hex,
    hex.slice(0, 12),
    `sha256:${hex.slice(0, 5)}`,
    `${registry.address}/app@${index.digest}`,
    `${registry.address}/app@${image.manifest.digest}`,
    `${registry.address}/app:other@${index.digest}`,
  ]) {
    is((await host.store.resolve(text)).id, image.config.digest, text);
  }
});

for (const [text, message] of [
  ['nothing', 'No such image: nothing:latest'],
  ['nothing:1', 'No such image: nothing:1'],
  ['ghcr.io/a/b', 'No such image: ghcr.io/a/b:latest'],
  ['abcdef', 'No such image: abcdef:latest'],
  [`sha256:${'0'.repeat(64)}`, `No such image: sha256:${'0'.repeat(64)}`],
] as const) {
  test(`an image that is not there: ${text.slice(0, 20)}`, async ({host}) => {
    const error = await engineErrorOf(() => host.store.resolve(text));
    is(error.code, 'image-not-found');
    is(error.message, message);
  });
}

test('a prefix of two IDs is ambiguous', async ({registry, host}) => {
  const byDigit = new Map<string, string>();
  let prefix: string | undefined;
  for (let number = 0; prefix === undefined; number++) {
    const image = imageOf(`${number}`);
    await host.pull(registry.put('app', `${number}`, image));
    const digit = image.config.digest.slice(7, 8);
    if (byDigit.has(digit)) prefix = digit;
    byDigit.set(digit, image.config.digest);
  }
  const error = await engineErrorOf(() => host.store.resolve(prefix));
  is(error.code, 'image-ambiguous');
  is(error.message, `multiple IDs found with provided prefix: ${prefix}`);
});

// Removal: Docker's rules, one by one.

async function pulled(
  {registry, host}: {registry: FakeRegistry; host: PullHost},
  image: TestImage,
  ...names: [string, string][]
): Promise<string[]> {
  const all = names.map(([name, tag]) => registry.put(name, tag, image));
  for (const name of all) await host.pull(name);
  return all;
}

test('the only name removed removes the image, and its blobs can be collected', async (context) => {
  const {host, registry} = context;
  const image = imageOf('a');
  const [name = ''] = await pulled(context, image, ['app', '1']);
  const removal = await host.store.remove(name, {usersOf: nobody});
  equal(removal, {
    untagged: [name, `${registry.address}/app@${image.manifest.digest}`],
    deleted: [image.config.digest],
  });
  equal(await host.store.list(), []);
  const {deleted, bytes} = await host.store.collect();
  equal(new Set(deleted), new Set([image.manifest.digest, image.config.digest, image.layers[0]?.digest]));
  ok(bytes > 0);
  equal(
    host.files().filter((file) => file.startsWith('images')),
    [],
  );
});

test('one of two names removed leaves the image', async (context) => {
  const {host} = context;
  const image = imageOf('a');
  const [one = '', two = ''] = await pulled(context, image, ['app', '1'], ['app', '2']);
  equal(await host.store.remove(one, {usersOf: nobody}), {untagged: [one], deleted: []});
  equal((await host.store.resolve(image.config.digest)).references, [two]);
  equal((await host.store.collect()).deleted, []);
});

test('the last name of a repository takes its digests along', async (context) => {
  const {host, registry} = context;
  const image = imageOf('a');
  const [one = '', two = ''] = await pulled(context, image, ['app', '1'], ['other', '1']);
  equal(await host.store.remove(one, {usersOf: nobody}), {
    untagged: [one, `${registry.address}/app@${image.manifest.digest}`],
    deleted: [],
  });
  const left = await host.store.resolve(two);
  equal(left.repoDigests, [`${registry.address}/other@${image.manifest.digest}`]);
});

test('a digest removed takes the image when nothing else names it', async (context) => {
  const {host, registry} = context;
  const image = imageOf('a');
  registry.put('app', '1', image);
  const name = `${registry.address}/app@${image.manifest.digest}`;
  await host.pull(name);
  equal(await host.store.remove(name, {usersOf: nobody}), {untagged: [name], deleted: [image.config.digest]});
  const [tagged = ''] = await pulled(context, image, ['app', '1']);
  equal(await host.store.remove(name, {usersOf: nobody}), {untagged: [name], deleted: []});
  is((await host.store.resolve(tagged)).id, image.config.digest);
});

test('an ID removes the image with its name; with several names only by force', async (context) => {
  const {host, registry} = context;
  const image = imageOf('a');
  const short = image.config.digest.slice(7, 19);
  const [one = ''] = await pulled(context, image, ['app', '1']);
  const digest = `${registry.address}/app@${image.manifest.digest}`;
  equal(await host.store.remove(short, {usersOf: nobody}), {
    untagged: [one, digest],
    deleted: [image.config.digest],
  });
  const names = await pulled(context, image, ['app', '1'], ['app', '2']);
  const error = await engineErrorOf(() => host.store.remove(short, {usersOf: nobody}));
  is(error.code, 'image-in-use');
  is(
    error.message,
    `conflict: unable to delete ${short} (must be forced) - image is referenced in multiple repositories`,
  );
  const removal = await host.store.remove(short, {usersOf: nobody, force: true});
  equal(removal, {untagged: [...names, digest], deleted: [image.config.digest]});
});

test('the last name of an image that a container uses stays, unless forced', async (context) => {
  const {host} = context;
  const image = imageOf('a');
  const [name = ''] = await pulled(context, image, ['app', '1']);
  const short = image.config.digest.slice(7, 19);
  for (const users of [stopped('abcdef012345'.repeat(5)), running('abcdef012345'.repeat(5))]) {
    const error = await engineErrorOf(() => host.store.remove(name, {usersOf: () => users}));
    is(error.code, 'image-in-use');
    is(
      error.message,
      `conflict: unable to remove repository reference "${name}" (must force) - container abcdef012345 is using its referenced image ${short}`,
    );
  }
  is((await host.store.resolve(name)).id, image.config.digest);
});

test('force takes the name from under a running container, not the image', async (context) => {
  const {host} = context;
  const image = imageOf('a');
  const [name = ''] = await pulled(context, image, ['app', '1']);
  const {untagged, deleted} = await host.store.remove(name, {usersOf: () => running(), force: true});
  is(untagged[0], name);
  equal(deleted, []);
  const left = await host.store.resolve(image.config.digest);
  equal(left.references, []);
  equal((await host.store.collect()).deleted, []);
});

test('force takes the image from under a stopped container', async (context) => {
  const image = imageOf('a');
  const [name = ''] = await pulled(context, image, ['app', '1']);
  const {deleted} = await context.host.store.remove(name, {usersOf: () => stopped(), force: true});
  equal(deleted, [image.config.digest]);
});

test('an ID does not remove what a container uses; nothing forces it from under a running one', async (context) => {
  const {host} = context;
  const image = imageOf('a');
  await pulled(context, image, ['app', '1']);
  const short = image.config.digest.slice(7, 19);
  const first = await engineErrorOf(() => host.store.remove(short, {usersOf: () => stopped()}));
  is(
    first.message,
    `conflict: unable to delete ${short} (must be forced) - image is being used by stopped container cccccccccccc`,
  );
  for (const force of [false, true]) {
    const error = await engineErrorOf(() => host.store.remove(short, {usersOf: () => running(), force}));
    is(error.code, 'image-in-use');
    is(
      error.message,
      `conflict: unable to delete ${short} (cannot be forced) - image is being used by running container dddddddddddd`,
    );
  }
});

test('removing what is not there', async ({host}) => {
  const error = await engineErrorOf(() => host.store.remove('nothing', {usersOf: nobody}));
  is(error.code, 'image-not-found');
  is(error.message, 'No such image: nothing:latest');
});

// Damage

test('a damaged image does not hide the others, is named, and can be removed', async (context) => {
  const {host} = context;
  const [bad, good] = [imageOf('bad'), imageOf('good')];
  const [badName = ''] = await pulled(context, bad, ['bad', '1']);
  const [goodName = ''] = await pulled(context, good, ['good', '1']);
  writeFileSync(host.store.layout.blobPath(bad.config.digest), '{}');
  const store = new ImageStore(host.store.layout.root);
  equal(
    (await store.list()).map(({id}) => id),
    [good.config.digest],
  );
  equal(
    (await store.listDamaged()).map(({references}) => references),
    [[badName]],
  );
  const error = await engineErrorOf(() => store.resolve(badName));
  is(error.code, 'image-damaged');
  is(
    error.message,
    `image ${badName} is damaged: blob ${bad.config.digest} in ${store.layout.root} has other content than its name says`,
  );
  rmSync(host.store.layout.blobPath(bad.manifest.digest));
  equal(
    (await new ImageStore(store.layout.root).collect()).deleted,
    [],
    'nobody knows what the manifest needed',
  );
  const fresh = new ImageStore(store.layout.root);
  equal(await fresh.remove(badName, {usersOf: nobody}), {
    untagged: [badName],
    deleted: [bad.manifest.digest],
  });
  ok((await fresh.collect()).deleted.includes(bad.layers[0]?.digest ?? 'sha256:'));
  is((await fresh.resolve(goodName)).id, good.config.digest);
});

test('a name of a damaged image goes alone', async (context) => {
  const {store} = context.host;
  const bad = imageOf('bad');
  const [name = ''] = await pulled(context, bad, ['bad', '1']);
  await store.tag(name, parseReference('other:1'));
  writeFileSync(store.layout.blobPath(bad.config.digest), '{}');
  const fresh = new ImageStore(store.layout.root);
  equal(await fresh.remove('other:1', {usersOf: nobody}), {untagged: ['other:1'], deleted: []});
  equal(
    (await fresh.listDamaged()).map(({references}) => references),
    [[name]],
  );
});

test('a blob that cannot be read is damage, and counts as recent', async (context) => {
  const {host} = context;
  const {layout} = host.store;
  const image = imageOf('unreadable');
  const [name = ''] = await pulled(context, image, ['unreadable', '1']);
  const path = layout.blobPath(image.config.digest);
  rmSync(path);
  // It gives ELOOP where a bad block gives EIO.
  symlinkSync(path, path);
  const error = await engineErrorOf(() => new ImageStore(layout.root).resolve(name));
  is(error.code, 'image-damaged');
  match(error.message, / cannot be read: ELOOP$/);
  equal(await recentBlobs(layout, Date.now() + 60_000), [image.config.digest]);
  await new PullHost(host.root).pull(name);
  is((await new ImageStore(layout.root).resolve(name)).id, image.config.digest);
});

test('blobs are read from the disk, not from what the kernel remembers', async ({host}) => {
  const {layout} = host.store;
  if (statfsSync(host.root).type === 0x01021994) return saySkipped('a tmpfs has no disk');
  const bytes = Buffer.alloc(1024 * 1024, 'on disk');
  const digest = digestOf(bytes);
  await layout.writeBlob(digest, bytes);
  layout.readBlob(digest);
  const bytesRead = () => Number(/^read_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
  const before = bytesRead();
  is(await checkContent(layout, digest, {}), undefined);
  ok(bytesRead() - before >= bytes.length);
});

test('a list of images that is damaged is an error that names the file', async ({registry, host}) => {
  await host.pull(registry.put('app', '1', imageOf('a')));
  const path = join(host.store.layout.root, 'index.json');
  for (const [content, why] of [
    ['', 'is not valid JSON'],
    ['{"manifests": 1}', 'has no list of manifests'],
    ['{"manifests": [{"digest": "../x", "size": 1}]}', 'has an entry without a digest or a size'],
  ] as const) {
    writeFileSync(path, content);
    const error = await engineErrorOf(() => host.store.list());
    is(error.code, 'state-damaged');
    is(error.message, `the list of images ${path} ${why}`);
  }
});

test("another tool's entry in the layout is an image too", async ({registry, host}) => {
  const image = imageOf('a');
  await host.pull(registry.put('app', '1', image));
  const target = `oci:${host.store.layout.root}`;
  execFileSync('skopeo', [
    '--insecure-policy',
    'copy',
    '--quiet',
    `${target}:${registry.address}/app:1`,
    `${target}:mine`,
  ]);
  equal(
    (await host.store.resolve('mine')).references.toSorted(),
    [`${registry.address}/app:1`, 'docker.io/library/mine:latest'].toSorted(),
  );
});

test('old partial downloads are collected, young ones stay', async ({host}) => {
  await host.store.layout.prepare();
  const partial = join(host.store.layout.root, 'partial');
  mkdirSync(partial, {recursive: true});
  writeFileSync(join(partial, 'sha256-old'), 'x');
  writeFileSync(join(partial, 'sha256-young'), 'x');
  utimesSync(join(partial, 'sha256-old'), 0, 0);
  await host.store.collect();
  equal(readdirSync(partial), ['sha256-young']);
  await host.store.collect({partialAgeMs: 0});
  equal(readdirSync(partial), []);
});

test('a hundred images are listed within a tenth of a second', async ({registry, host}) => {
  const layer = makeLayer([{name: 'shared'}]);
  for (let number = 0; number < 100; number++) {
    const image = makeImage({layers: [layer], config: {Labels: {number: `${number}`}}});
    await host.store.layout.writeBlob(image.config.digest, image.config.bytes);
    await host.store.layout.writeBlob(image.manifest.digest, image.manifest.bytes);
    const {digest, mediaType, bytes} = image.manifest;
    await host.store.layout.updateIndex((entries) => [
      ...entries,
      {
        digest,
        mediaType,
        size: bytes.length,
        annotations: {'org.opencontainers.image.ref.name': `docker.io/library/i:${number}`},
      },
    ]);
  }
  is(registry.requests.length, 0);
  const store = new ImageStore(host.store.layout.root);
  const start = process.cpuUsage();
  is((await store.list()).length, 100);
  const {user, system} = process.cpuUsage(start);
  ok(user + system < 100_000, `${user + system} µs`);
});

test('names given at the same time all stay', async ({registry, host}) => {
  const names = Array.from({length: 12}, (_, number) =>
    registry.put('app', `${number}`, imageOf(`${number}`)),
  );
  // Each with a store of its own, as separate processes have.
  await Promise.all(
    names.map((name) => {
      const other = new PullHost();
      Object.assign(other, {store: new ImageStore(host.store.layout.root), layers: host.layers});
      return other.pull(name).finally(() => other[Symbol.dispose]());
    }),
  );
  is((await host.store.list()).length, 12);
});

test.run();
