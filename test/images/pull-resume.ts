// Connections that break, stall and lie about ranges, and downloads that an earlier pull left behind.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {suite} from 'uvu';
import {equal, is, match, ok} from 'uvu/assert';
import type {Digest} from '../../src/images/digest.ts';
import {mendBlob} from '../../src/images/layout/blob-repair.ts';
import {parseReference} from '../../src/images/reference.ts';
import {noCredentials} from '../../src/images/registry/credentials.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {FakeRegistry, type FakeRequest} from '../support/fake-registry.ts';
import {makeImage, type TestImage} from '../support/image.ts';
import {makeLayer} from '../support/layer.ts';
import {PullHost, quickTiming} from '../support/pull-host.ts';

const test = suite<{registry: FakeRegistry; host: PullHost; image: TestImage; name: string}>('pull-resume');

const content = Buffer.alloc(50_000);
for (let at = 0; at < content.length; at++) content[at] = (at * 7 + (at >> 8)) & 0xff;
const image = makeImage({layers: [makeLayer([{name: 'file', content}], {compression: 'none'})]});
const {digest, blob} = image.layers[0] ?? makeLayer([]);

test.before.each(async (context) => {
  context.registry = await FakeRegistry.start();
  context.host = new PullHost();
  context.image = image;
  context.name = context.registry.put('app', '1', image);
});

test.after.each(async (context) => {
  context.host[Symbol.dispose]();
  await context.registry[Symbol.asyncDispose]();
});

const isLayer = ({path}: FakeRequest) => path.endsWith(digest);

function leavePartial(host: PullHost, bytes: Buffer): void {
  const path = host.store.layout.partialPath(digest);
  mkdirSync(dirname(path), {recursive: true});
  writeFileSync(path, bytes);
}

const ranges = (registry: FakeRegistry) => registry.asked(digest).map(({headers}) => headers.range);

test('a connection dropped anywhere is taken up where it ended', async ({registry, host, name}) => {
  const offsets = [0, 1, 511, 512, 513, 16_384, 40_000, blob.length - 1];
  for (const dropAfter of offsets) {
    registry.requests.length = 0;
    registry.intercept = (request) => (isLayer(request) && request.repeat === 0 ? {dropAfter} : undefined);
    const fresh = new PullHost();
    const result = await fresh.pull(name);
    is(await fresh.layers.has(result.image.chainIds[0] ?? ''), true);
    equal(ranges(registry), [undefined, dropAfter === 0 ? undefined : `bytes=${dropAfter}-`]);
    fresh[Symbol.dispose]();
  }
  equal(host.files(), []);
});

test('a server that breaks off again and again is followed as long as bytes come', async ({
  registry,
  host,
  name,
}) => {
  registry.intercept = (request) => (isLayer(request) ? {dropAfter: 5000} : undefined);
  const result = await host.pull(name);
  is(await host.layers.has(result.image.chainIds[0] ?? ''), true);
  is(registry.asked(digest).length, Math.ceil(blob.length / 5000));
});

test('a server that sends nothing any more is given up, and what came is kept', async ({
  registry,
  host,
  name,
}) => {
  registry.intercept = (request) => {
    if (!isLayer(request)) return undefined;
    return request.repeat === 0 ? {dropAfter: 3000} : {dropAfter: 0};
  };
  const error = await engineErrorOf(() => host.pull(name));
  is(error.code, 'registry-unreachable');
  is(error.message, `cannot reach registry ${registry.address}: it broke the connection`);
  equal(host.files(), [`images/partial/${digest.replace(':', '-')}`]);
  registry.intercept = () => undefined;
  registry.requests.length = 0;
  await host.pull(name);
  equal(ranges(registry), ['bytes=3000-']);
});

test('a body that stalls is taken up on another connection', async ({registry, host, name}) => {
  registry.intercept = (request) =>
    isLayer(request) && request.repeat === 0 ? {stallAfter: 7000} : undefined;
  await host.pull(name);
  equal(ranges(registry), [undefined, 'bytes=7000-']);
});

test('an answer that stalls for good is an error that says so', async ({registry, host, name}) => {
  registry.intercept = (request) => (isLayer(request) ? {stallAfter: 0} : undefined);
  const error = await engineErrorOf(() =>
    host.pull(name, {timing: {retryDelayMs: 1, stallTimeoutMs: 50, maxRetries: 1}}),
  );
  is(error.code, 'registry-unreachable');
  is(error.message, `cannot reach registry ${registry.address}: it did not answer in time`);
});

test('a server without ranges sends everything again, and what is known is skipped', async ({host}) => {
  await using registry = await FakeRegistry.start({noRanges: true});
  const name = registry.put('app', '1', image);
  registry.intercept = (request) =>
    isLayer(request) && request.repeat < 2 ? {dropAfter: 20_000 + 10_000 * request.repeat} : undefined;
  const result = await host.pull(name);
  is(await host.layers.has(result.image.chainIds[0] ?? ''), true);
  equal(ranges(registry), [undefined, 'bytes=20000-', 'bytes=30000-']);
});

test('a server that answers with another range than asked for is not believed', async ({
  registry,
  host,
  name,
}) => {
  registry.intercept = (request) => {
    if (!isLayer(request)) return undefined;
    if (request.repeat === 0) return {dropAfter: 1000};
    return {headers: {'content-range': `bytes 500-${blob.length - 1}/${blob.length}`}};
  };
  const error = await engineErrorOf(() => host.pull(name));
  is(error.code, 'registry-failed');
  is(error.message, `registry ${registry.address} sent another part of a blob of ${name} than was asked for`);
});

for (const size of [1, 10_000, blob.length - 1, blob.length]) {
  test(`a download that a killed pull left at ${size} of ${blob.length} bytes is gone on with`, async ({
    registry,
    host,
    name,
  }) => {
    leavePartial(host, blob.subarray(0, size));
    const result = await host.pull(name);
    is(await host.layers.has(result.image.chainIds[0] ?? ''), true);
    equal(ranges(registry), size === blob.length ? [] : [`bytes=${size}-`]);
  });
}

test('what a power cut made of a partial download is noticed and fetched anew', async ({
  registry,
  host,
  name,
}) => {
  for (const left of [Buffer.alloc(20_000), Buffer.from('not a tar at all'), Buffer.alloc(blob.length + 5)]) {
    const fresh = new PullHost();
    leavePartial(fresh, left);
    const result = await fresh.pull(name);
    is(await fresh.layers.has(result.image.chainIds[0] ?? ''), true);
    ok(ranges(registry).includes(undefined));
    fresh[Symbol.dispose]();
    registry.requests.length = 0;
  }
  equal(host.files(), []);
});

test('a repair goes on with what a pull has in its partial file, and empties it only when it is wrong', async ({
  registry,
  host: {
    store: {layout},
  },
  host,
  name,
}) => {
  const source = parseReference(name);
  const use = {
    digest: digest as Digest,
    kind: 'layer' as const,
    sizeBytes: blob.length,
    images: new Set<string>(),
    sources: new Map([[source.registry, source]]),
  };
  const options = {
    layout,
    registry: {credentials: noCredentials, mirrors: [], insecureRegistries: [], timing: quickTiming},
  };
  await layout.prepare();
  const changed = Buffer.from(blob);
  changed[1000] = 1;
  for (const [partial, requests] of [
    [blob, 0],
    [blob.subarray(0, 1000), 1],
    [changed, 2],
  ] as const) {
    leavePartial(host, partial);
    writeFileSync(layout.blobPath(use.digest), changed);
    match(await mendBlob(use, options), /^fetched again from /);
    equal(readFileSync(layout.blobPath(use.digest)), blob);
    is(registry.asked(digest).length, requests);
  }
  // What another repair has put there meanwhile is not taken for what was read before it.
  is(await mendBlob(use, options), 'replaced meanwhile by a whole one');
  equal(readFileSync(layout.blobPath(use.digest)), blob);
  is(registry.asked(digest).length, 2);
});

test('a partial file that somebody has begun anew is not published', async ({host}) => {
  const {layout} = host.store;
  const asked = {digest: digest as Digest, sizeBytes: blob.length};
  await layout.prepare();
  leavePartial(host, blob.subarray(0, 1000));
  is(await layout.publish([asked], []), digest);
  is(layout.hasBlob(asked.digest, 1000), false);
  leavePartial(host, blob);
  is(await layout.publish([asked], []), undefined);
  equal(readFileSync(layout.blobPath(asked.digest)), blob);
});

test('bytes that changed on the way are a digest mismatch, and nothing is left', async ({
  registry,
  host,
  name,
}) => {
  const bent = Buffer.from(blob);
  bent[30_000] = (bent[30_000] ?? 0) ^ 1;
  registry.intercept = (request) => (isLayer(request) ? {body: bent} : undefined);
  const error = await engineErrorOf(() => host.pull(name));
  is(error.code, 'digest-mismatch');
  match(
    error.message,
    new RegExp(`^blob ${digest} of ${name} arrived from ${registry.address} as sha256:[0-9a-f]{64}$`),
  );
  equal(host.files(), []);
});

test('a compressed layer that was cut up on the way is a digest mismatch too, not a broken layer', async ({
  registry,
  host,
}) => {
  const zipped = makeImage({layers: [makeLayer([{name: 'file', content}])]});
  const name = registry.put('zipped', '1', zipped);
  const [layer] = zipped.layers;
  const bent = Buffer.from(layer?.blob ?? '');
  bent.fill(0x55, 100, 200);
  registry.intercept = ({path}) => (path.endsWith(layer?.digest ?? '') ? {body: bent} : undefined);
  is((await engineErrorOf(() => host.pull(name))).code, 'digest-mismatch');
  equal(host.files(), []);
});

test('a server error between two parts is waited out', async ({registry, host, name}) => {
  registry.intercept = (request) => {
    if (!isLayer(request)) return undefined;
    return [
      {dropAfter: 1000},
      {status: 503, body: ''},
      {status: 429, headers: {'retry-after': '0'}, body: ''},
    ][request.repeat];
  };
  await host.pull(name);
  is(registry.asked(digest).length, 4);
});

test.run();
