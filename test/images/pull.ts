import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import {equal, is, ok} from 'uvu/assert';
import type {PullProgress} from '../../src/images/pull-progress.ts';
import {parseReference} from '../../src/images/reference.ts';
import {mediaTypes} from '../../src/oci/image-spec.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {FakeRegistry} from '../support/fake-registry.ts';
import {describe, documentOf, makeImage, makeIndex} from '../support/image.ts';
import {makeLayer} from '../support/layer.ts';
import {PullHost} from '../support/pull-host.ts';

const test = suite<{registry: FakeRegistry; host: PullHost}>('pull');

test.before.each(async (context) => {
  context.registry = await FakeRegistry.start();
  context.host = new PullHost();
});

test.after.each(async (context) => {
  context.host[Symbol.dispose]();
  await context.registry[Symbol.asyncDispose]();
});

const layer = (name: string, compression: 'gzip' | 'zstd' | 'none' = 'gzip') =>
  makeLayer([{name, content: `${name}\n`}], {compression});

test('an image of an index arrives with its layers, and its digest is that of the index', async ({
  registry,
  host,
}) => {
  const arm = makeImage({
    layers: [layer('a'), layer('b'), layer('c')],
    config: {Cmd: ['/a'], Labels: {x: 'y'}},
  });
  const amd = makeImage({platform: {os: 'linux', architecture: 'amd64'}});
  const index = makeIndex([amd, arm]);
  const name = registry.put('app', '1', [amd, arm], index);
  const {image, digest, changed} = await host.pull(name);
  is(digest, index.digest);
  is(changed, true);
  is(image.id, arm.config.digest);
  is(image.manifestDigest, arm.manifest.digest);
  equal(image.references, [name]);
  equal(image.repoDigests, [`${registry.address}/app@${index.digest}`]);
  equal(image.config.config, {Cmd: ['/a'], Labels: {x: 'y'}});
  equal(image.createdAt, new Date('2024-01-02T03:04:05Z'));
  for (const chainId of image.chainIds) is(await host.layers.has(chainId), true);
  is(registry.asked(amd.manifest.digest).length, 0, 'the other platform is not fetched');
  equal(await host.store.resolve('sha256:'.concat(image.id.slice(7, 20))), image);
});

for (const compression of ['gzip', 'zstd', 'none'] as const) {
  test(`a layer with ${compression} compression is unpacked`, async ({registry, host}) => {
    const image = makeImage({layers: [layer('file', compression)]});
    const result = await host.pull(registry.put('app', '1', image));
    is(await host.layers.has(result.image.chainIds[0] ?? ''), true);
  });
}

test("Docker's schema 2 is stored as it came, with an OCI twin that carries the name", async ({
  registry,
  host,
}) => {
  const image = makeImage({format: 'docker'});
  const index = makeIndex([image], {format: 'docker'});
  const name = registry.put('app', '1', [image], index);
  const result = await host.pull(name);
  is(result.image.manifestDigest, image.manifest.digest);
  equal(result.image.references, [name]);
  equal(result.image.repoDigests, [`${registry.address}/app@${index.digest}`]);
  const entries = host.store.layout.readIndex();
  equal(
    entries.map(({mediaType, annotations}) => [
      mediaType,
      annotations?.['org.opencontainers.image.ref.name'],
    ]),
    [
      [mediaTypes.ociManifest, name],
      [mediaTypes.dockerManifest, undefined],
    ],
  );
  ok(host.store.layout.hasBlob(image.manifest.digest, image.manifest.bytes.length));
  const before = host.files();
  is((await host.pull(name)).changed, false);
  equal(host.files(), before);
  is((await host.store.resolve(`${registry.address}/app@${image.manifest.digest}`)).id, image.config.digest);
  await host.store.remove(name, {usersOf: () => []});
  equal(host.store.layout.readIndex(), []);
});

test('an image without layers and one that has the same layer twice are images', async ({registry, host}) => {
  const empty = await host.pull(registry.put('empty', '1', makeImage({layers: []})));
  equal(empty.image.chainIds, []);
  const twice = makeImage({layers: [layer('a'), layer('b'), layer('a')]});
  const result = await host.pull(registry.put('twice', '1', twice));
  is(new Set(result.image.chainIds).size, 3);
  for (const chainId of result.image.chainIds) is(await host.layers.has(chainId), true);
  is(registry.asked(twice.layers[0]?.digest ?? '').length, 1, 'and the layer is fetched once');
});

test('a second pull of the same tag asks one question and changes nothing', async ({registry, host}) => {
  const name = registry.put('app', '1', makeImage());
  await host.pull(name);
  const before = host.files();
  registry.requests.length = 0;
  const {changed} = await host.pull(name);
  is(changed, false);
  equal(
    registry.requests.map(({method, path}) => `${method} ${path}`),
    ['GET /v2/', 'HEAD /v2/app/manifests/1'],
  );
  equal(host.files(), before);
});

test('a tag that moved takes its name along and leaves the old image without one', async ({
  registry,
  host,
}) => {
  const name = registry.put('app', '1', makeImage());
  const old = await host.pull(name);
  registry.put('app', '1', makeImage({layers: [layer('new')]}));
  const {image, changed} = await host.pull(name);
  is(changed, true);
  equal(image.references, [name]);
  const before = await host.store.resolve(old.image.id);
  equal(before.references, []);
  equal(before.repoDigests, [`${registry.address}/app@${old.digest}`]);
});

test('layers that are there already are not fetched again', async ({registry, host}) => {
  const shared = layer('shared');
  await host.pull(registry.put('one', '1', makeImage({layers: [shared, layer('one')]})));
  registry.requests.length = 0;
  const seen: PullProgress[] = [];
  await host.pull(registry.put('two', '1', makeImage({layers: [shared, layer('two')]})), {
    onProgress: (progress) => seen.push(progress),
  });
  is(registry.asked(shared.digest).length, 0);
  ok(seen.some((item) => item.kind === 'layer' && item.status === 'Already exists'));
});

test('a pull by digest gives the image no tag', async ({registry, host}) => {
  const image = makeImage();
  registry.put('app', '1', image);
  const name = `${registry.address}/app@${image.manifest.digest}`;
  const result = await host.pull(name);
  is(result.digest, image.manifest.digest);
  equal(result.image.references, []);
  equal(result.image.repoDigests, [name]);
  registry.requests.length = 0;
  is((await host.pull(name)).changed, false);
  is(registry.requests.length, 0, 'a digest that is here needs no registry');
});

test('a tag with a digest is pulled by the digest', async ({registry, host}) => {
  const image = makeImage();
  registry.put('app', '1', image);
  registry.put('app', '2', makeImage({layers: [layer('other')]}));
  const result = await host.pull(`${registry.address}/app:2@${image.manifest.digest}`);
  is(result.image.id, image.config.digest);
  equal(result.image.references, []);
});

test('one image under two names has both', async ({registry, host}) => {
  const image = makeImage();
  const names = [
    registry.put('app', '1', image),
    registry.put('app', '2', image),
    registry.put('b', '1', image),
  ];
  for (const name of names) await host.pull(name);
  const [only, ...others] = await host.store.list();
  equal(others, []);
  equal(only?.references, names);
  equal(only?.repoDigests, [
    `${registry.address}/app@${image.manifest.digest}`,
    `${registry.address}/b@${image.manifest.digest}`,
  ]);
});

test('a blob that was lost or damaged is fetched again, it alone', async ({registry, host}) => {
  const image = makeImage({layers: [layer('a'), layer('b')]});
  const name = registry.put('app', '1', image);
  await host.pull(name);
  const [a, b] = image.layers;
  if (!a || !b) throw new Error('two layers');
  rmSync(host.store.layout.blobPath(a.digest));
  registry.requests.length = 0;
  await host.pull(name);
  is(registry.asked('/blobs/sha256').filter(({path}) => path.endsWith(b.digest)).length, 0);
  is(registry.asked(a.digest).length, 1);
  ok(host.store.layout.hasBlob(a.digest, a.blob.length));
});

test('a layer that was lost is unpacked again from its blob', async ({registry, host}) => {
  const image = makeImage();
  const name = registry.put('app', '1', image);
  await host.pull(name);
  rmSync(join(host.root, 'layers'), {recursive: true});
  registry.requests.length = 0;
  const result = await host.pull(name);
  is(registry.asked(image.layers[0]?.digest ?? '').length, 0);
  is(await host.layers.has(result.image.chainIds[0] ?? ''), true);
});

test('a lost layer whose blob is damaged is mended from the registry', async ({registry, host}) => {
  const image = makeImage();
  const name = registry.put('app', '1', image);
  await host.pull(name);
  const [lower] = image.layers;
  if (!lower) throw new Error('one layer');
  rmSync(join(host.root, 'layers'), {recursive: true});
  const damaged = Buffer.from(lower.blob);
  damaged.fill(0, 20, 60);
  writeFileSync(host.store.layout.blobPath(lower.digest), damaged);
  const result = await host.pull(name);
  is(await host.layers.has(result.image.chainIds[0] ?? ''), true);
  equal(readFileSync(host.store.layout.blobPath(lower.digest)), lower.blob);
});

test('a missing or damaged manifest or config is mended by a pull', async ({registry, host}) => {
  const image = makeImage();
  const name = registry.put('app', '1', image);
  for (const {digest} of [image.manifest, image.config]) {
    await host.pull(name);
    writeFileSync(host.store.layout.blobPath(digest), 'x');
    host.store.forget();
    equal(await host.store.list(), []);
    is((await engineErrorOf(() => host.store.resolve(name))).code, 'image-damaged');
    await host.pull(name);
    is((await host.store.resolve(name)).id, image.config.digest);
  }
});

test('an index inside an index is followed', async ({registry, host}) => {
  const image = makeImage();
  const inner = makeIndex([image]);
  const outer = makeIndex([], {
    edit: (index) => {
      index.manifests.push({...describe(inner), platform: image.platform});
    },
  });
  const name = registry.put('app', '1', [image], outer);
  registry.putManifest('app', inner.digest, inner);
  const result = await host.pull(name);
  is(result.digest, outer.digest);
  is(result.image.id, image.config.digest);
});

test('another platform is pulled when it is asked for, and the name then means it', async ({
  registry,
  host,
}) => {
  const arm = makeImage();
  const amd = makeImage({platform: {os: 'linux', architecture: 'amd64'}});
  const name = registry.put('app', '1', [arm, amd], makeIndex([arm, amd]));
  await host.pull(name);
  const {image, changed} = await host.pull(name, {platform: 'linux/amd64'});
  is(changed, true);
  is(image.id, amd.config.digest);
  is((await host.store.resolve(name)).id, amd.config.digest);
  is((await host.pull(name)).image.id, arm.config.digest);
});

test('progress tells each layer from beginning to end, and what was pulled', async ({registry, host}) => {
  const image = makeImage({layers: [layer('a')]});
  const name = registry.put('library/app', '1', image);
  const seen: PullProgress[] = [];
  await host.pull(name, {onProgress: (progress) => seen.push(progress)});
  equal(
    seen.filter((item) => item.kind === 'status').map(({text}) => text),
    [
      '1: Pulling from library/app',
      `Digest: ${image.manifest.digest}`,
      `Status: Downloaded newer image for ${name}`,
    ],
  );
  const statuses = seen.filter((item) => item.kind === 'layer').map(({status}) => status);
  equal(statuses, ['Pulling fs layer', 'Downloading', 'Download complete', 'Extracting', 'Pull complete']);
  seen.length = 0;
  await host.pull(name, {onProgress: (progress) => seen.push(progress)});
  equal(seen.at(-1), {kind: 'status', text: `Status: Image is up to date for ${name}`});
});

test('two pulls at once share their downloads', async ({registry, host}) => {
  const shared = layer('shared');
  const one = registry.put('one', '1', makeImage({layers: [shared, layer('a')]}));
  const two = registry.put('two', '1', makeImage({layers: [layer('b'), shared]}));
  registry.intercept = ({path}) => (path.endsWith(shared.digest) ? {delayMs: 100} : undefined);
  const results = await Promise.all([host.pull(one), host.pull(two), host.pull(one)]);
  is(results.length, 3);
  is((await host.store.list()).length, 2);
  is(registry.asked(shared.digest).length, 1);
});

test('an aborted pull ends at once and leaves nothing but a partial file', async ({registry, host}) => {
  const image = makeImage({
    layers: [makeLayer([{name: 'big', content: Buffer.alloc(200_000, 'x')}], {compression: 'none'})],
  });
  const name = registry.put('app', '1', image);
  registry.intercept = ({path}) =>
    path.endsWith(image.layers[0]?.digest ?? '') ? {stallAfter: 100_000} : undefined;
  const abort = new AbortController();
  const pulling = engineErrorOf(() =>
    host.pull(name, {signal: abort.signal, timing: {stallTimeoutMs: 60_000}}),
  );
  while (registry.asked(image.layers[0]?.digest ?? '').length === 0)
    await new Promise((r) => setTimeout(r, 5));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const start = performance.now();
  abort.abort();
  const error = await pulling;
  ok(performance.now() - start < 500);
  is(error.code, 'cancelled');
  is(error.message, 'the pull was cancelled');
  equal(host.files(), [`images/partial/${image.layers[0]?.digest.replace(':', '-')}`]);
  registry.intercept = () => undefined;
  await host.pull(name);
  const last = registry.requests.findLast(({path}) => path.endsWith(image.layers[0]?.digest ?? ''));
  is(last?.headers.range, 'bytes=100000-', 'and the next pull goes on where it ended');
});

test('a pull that is aborted before it begins asks nobody', async ({registry, host}) => {
  const error = await engineErrorOf(() =>
    host.pull(`${registry.address}/a:1`, {signal: AbortSignal.abort()}),
  );
  is(error.code, 'cancelled');
  is(registry.requests.length, 0);
});

test('find tells the image and the digest behind a name', async ({registry, host}) => {
  const image = makeImage();
  const name = registry.put('app', '1', image);
  await host.pull(name);
  is(host.store.find(parseReference(name))?.source, image.manifest.digest);
  is(host.store.find(parseReference(`${registry.address}/app:2`)), undefined);
});

test('an unknown artifact type in the index is passed over', async ({registry, host}) => {
  const image = makeImage();
  const referrer = documentOf({schemaVersion: 2}, mediaTypes.ociManifest);
  const index = makeIndex([image], {
    edit: (document) => {
      document.manifests.unshift({...describe(referrer), artifactType: 'application/vnd.in-toto+json'});
    },
  });
  is((await host.pull(registry.put('app', '1', [image], index))).image.id, image.config.digest);
});

test('the empty image is not to be had', async ({host}) => {
  const error = await engineErrorOf(() => host.pull('scratch'));
  is(error.code, 'invalid-reference');
  is(error.message, "'scratch' is a reserved name");
});

test.run();
