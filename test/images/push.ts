// Pushes into a registry of this process: what is sent, what is not, and what breaks on the way.
import {randomBytes} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {suite} from 'uvu';
import {equal, is, ok} from 'uvu/assert';
import type {Digest} from '../../src/images/digest.ts';
import type {PullProgress} from '../../src/images/pull-progress.ts';
import {type PushResult, pushImage} from '../../src/images/push.ts';
import {parseReference} from '../../src/images/reference.ts';
import {type CredentialSource, noCredentials} from '../../src/images/registry/credentials.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {type FakeAnswer, registryError} from '../support/fake-answer.ts';
import {FakeRegistry, type FakeRequest} from '../support/fake-registry.ts';
import {makeImage, type TestImage} from '../support/image.ts';
import {makeLayer} from '../support/layer.ts';
import {PullHost, quickTiming} from '../support/pull-host.ts';

const test = suite<{registry: FakeRegistry; host: PullHost}>('push');
const layers = [300_000, 200, 300].map((bytes, index) =>
  makeLayer([{name: `file-${index}`, content: randomBytes(bytes)}], {compression: 'none'}),
);
const image = makeImage({layers});
const [big] = layers;
const credentials: CredentialSource = {
  find: async () => ({kind: 'password', username: 'ann', password: 'secret'}),
};

test.before.each(async (context) => {
  context.registry = await FakeRegistry.start();
  context.host = new PullHost();
});
test.after.each(async ({registry, host}) => {
  host[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});

interface Pushing {
  credentials?: CredentialSource;
  onProgress?: (progress: PullProgress) => void;
  signal?: AbortSignal;
  maxConcurrentUploads?: number;
}

/** Pulls the image from a registry of its own, gives it the name, and pushes that. */
async function push(
  host: PullHost,
  name: string,
  given: TestImage = image,
  options: Pushing = {},
): Promise<PushResult> {
  await using origin = await FakeRegistry.start();
  const pulled = await host.pull(origin.put('origin', '1', given));
  await host.store.tag(pulled.image.id, parseReference(name));
  return await pushAgain(host, name, options);
}

async function pushAgain(host: PullHost, name: string, options: Pushing = {}): Promise<PushResult> {
  const {credentials: source = noCredentials, maxConcurrentUploads = 5, ...rest} = options;
  return await pushImage({
    reference: parseReference(name),
    image: await host.store.resolve(name),
    store: host.store,
    registry: {credentials: source, mirrors: [], insecureRegistries: [], timing: quickTiming},
    maxConcurrentUploads,
    ...rest,
  });
}

async function isWhole(name: string, given: TestImage = image): Promise<void> {
  using other = new PullHost();
  is((await other.pull(name)).image.id, given.config.digest);
}

const isPatch = ({method}: FakeRequest) => method === 'PATCH';

for (const format of ['oci', 'docker'] as const) {
  test(`a ${format} image keeps its digest, and the manifest comes last`, async ({registry, host}) => {
    const given = makeImage({layers, format});
    const name = `${registry.address}/team/app:1`;
    const result = await push(host, name, given);
    equal(result, {digest: given.manifest.digest as Digest, sizeBytes: given.manifest.bytes.length});
    is(registry.requests.at(-1)?.path, '/v2/team/app/manifests/1');
    equal(registry.requests.at(-1)?.bytes, given.manifest.bytes);
    is(registry.requests.at(-1)?.headers['content-type'], given.manifest.mediaType);
    is(registry.uploads.open, 0);
    await isWhole(name, given);
    ok(
      (await host.store.resolve(name)).repoDigests.includes(`${registry.address}/team/app@${result.digest}`),
    );
  });
}

test('what is there is not sent again', async ({registry, host}) => {
  const name = `${registry.address}/app:1`;
  await push(host, name);
  registry.requests.length = 0;
  const lines: string[] = [];
  await pushAgain(host, name, {
    onProgress: (progress) => lines.push(progress.kind === 'layer' ? progress.status : progress.text),
  });
  const asked = registry.requests.map(({method}) => method).filter((method) => method !== 'GET');
  equal(asked.sort(), ['HEAD', 'HEAD', 'HEAD', 'HEAD', 'PUT']);
  equal(lines.filter((line) => line === 'Layer already exists').length, 3);
  is(lines.at(-1), `1: digest: ${image.manifest.digest} size: ${image.manifest.bytes.length}`);
});

test('layers of an image from the same registry are mounted from there', async ({registry, host}) => {
  const from = registry.put('base/image', '1', image);
  const pulled = await host.pull(from);
  const name = `${registry.address}/app:1`;
  await host.store.tag(pulled.image.id, parseReference(name));
  registry.requests.length = 0;
  const lines: string[] = [];
  await pushAgain(host, name, {
    onProgress: (progress) => lines.push(progress.kind === 'layer' ? progress.status : progress.text),
  });
  is(lines.filter((line) => line === 'Mounted from base/image').length, 3);
  is(registry.requests.filter(({method}) => method === 'PATCH').length, 1, 'the config alone is sent');
  await isWhole(name);
});

test('a mount that the registry does not make is an upload', async ({registry, host}) => {
  const pulled = await host.pull(registry.put('base', '1', image));
  registry.uploads.repositories.clear();
  const name = `${registry.address}/app:1`;
  await host.store.tag(pulled.image.id, parseReference(name));
  await pushAgain(host, name);
  is(registry.uploads.open, 0, 'the upload that it begins instead is the one that is used');
  await isWhole(name);
});

test('one token does for the whole push, and a closed repository is only not mounted from', async ({
  host,
}) => {
  await using registry = await FakeRegistry.start({
    auth: {kind: 'bearer', user: 'ann', password: 'secret', closed: 'repository:base:pull'},
  });
  const name = `${registry.address}/app:1`;
  await push(host, name, image, {credentials});
  is(registry.asked('/token').length, 1);
  equal(registry.asked('/token')[0]?.query.getAll('scope'), ['repository:app:pull,push']);
  await isWholeFor(registry, name);
});

test('a mount asks for the right to read the other repository', async ({host}) => {
  await using registry = await FakeRegistry.start({auth: {kind: 'bearer', user: 'ann', password: 'secret'}});
  const pulled = await host.pull(registry.put('base', '1', image), {credentials});
  const name = `${registry.address}/app:1`;
  await host.store.tag(pulled.image.id, parseReference(name));
  registry.requests.length = 0;
  await pushAgain(host, name, {credentials, maxConcurrentUploads: 1});
  equal(
    registry.asked('/token').map(({query}) => query.getAll('scope')),
    [['repository:app:pull,push'], ['repository:app:pull,push', 'repository:base:pull']],
  );
  equal(registry.requests.filter(isPatch).length, 1);
});

test('where the other repository may not be read, the layers are sent', async ({host}) => {
  await using registry = await FakeRegistry.start({
    auth: {kind: 'bearer', user: 'ann', password: 'secret'},
  });
  const pulled = await host.pull(registry.put('base', '1', image), {credentials});
  await using closed = await FakeRegistry.start({
    auth: {kind: 'bearer', user: 'ann', password: 'secret', closed: 'repository:base:pull'},
  });
  const base = parseReference(`${closed.address}/base:1`);
  const {image: stored} = pulled;
  await host.store.record(
    base,
    {mediaType: image.manifest.mediaType, digest: stored.manifestDigest, size: image.manifest.bytes.length},
    stored.manifestDigest,
  );
  const name = `${closed.address}/app:1`;
  await host.store.tag(stored.id, parseReference(name));
  await pushAgain(host, name, {credentials, maxConcurrentUploads: 1});
  const layersAsked = new Set(
    closed.requests.map(({query}) => query.get('mount')).filter((digest) => digest),
  );
  is(layersAsked.size, 1, 'the others know then that it is closed');
  await isWholeFor(closed, name);
});

async function isWholeFor(_registry: FakeRegistry, name: string): Promise<void> {
  using other = new PullHost();
  is((await other.pull(name, {credentials})).image.id, image.config.digest);
}

test('Basic authentication, and a token that runs out in the middle', async ({host}) => {
  await using basic = await FakeRegistry.start({auth: {kind: 'basic', user: 'ann', password: 'secret'}});
  await push(host, `${basic.address}/app:1`, image, {credentials});
  await using bearer = await FakeRegistry.start({
    auth: {kind: 'bearer', user: 'ann', password: 'secret', tokenUses: 2},
  });
  await push(host, `${bearer.address}/app:1`, image, {credentials, maxConcurrentUploads: 1});
  ok(bearer.asked('/token').length >= 4);
  await isWholeFor(bearer, `${bearer.address}/app:1`);
});

test('as many layers go at once as may, and no more', async ({registry, host}) => {
  const many = Array.from({length: 8}, (_, index) => makeLayer([{name: `layer-${index}`}]));
  let now = 0;
  let most = 0;
  // A layer is on its way from the beginning of its upload to the end.
  registry.intercept = ({method, path}) => {
    if (!path.includes('/uploads/')) return undefined;
    if (method === 'POST') most = Math.max(most, ++now);
    if (method === 'PUT') now--;
    return {delayMs: 20};
  };
  await push(host, `${registry.address}/app:1`, makeImage({layers: many}), {maxConcurrentUploads: 5});
  is(most, 5);
});

// Broken connections

for (const cutAt of [2, 100_000, 299_999]) {
  test(`an upload that breaks off after ${cutAt} bytes goes on from there`, async ({registry, host}) => {
    registry.cut = (request) =>
      isPatch(request) && request.repeat === 0 && Number(request.headers['content-length']) > 250_000
        ? cutAt
        : undefined;
    const name = `${registry.address}/app:1`;
    await push(host, name);
    const sent = registry.requests
      .filter(isPatch)
      .map(({headers}) => headers['content-range'])
      .filter((range) => range !== undefined);
    equal(sent, [`${cutAt}-${(big?.blob.length ?? 0) - 1}`]);
    await isWhole(name);
  });
}

test('an upload that the registry forgets is begun again', async ({registry, host}) => {
  let cuts = 0;
  registry.cut = (request) => {
    if (!isPatch(request) || Number(request.headers['content-length']) < 250_000 || cuts++ > 0)
      return undefined;
    setImmediate(() => registry.uploads.forget());
    return 100_000;
  };
  const name = `${registry.address}/app:1`;
  await push(host, name, image, {maxConcurrentUploads: 1});
  await isWhole(name);
});

test('a registry that breaks every upload off is given up', async ({registry, host}) => {
  registry.cut = (request) => (isPatch(request) ? 0 : undefined);
  const error = await engineErrorOf(() => push(host, `${registry.address}/app:1`));
  is(error.code, 'registry-unreachable');
  is(error.message, `cannot reach registry ${registry.address}: it broke the connection`);
  is(
    registry.requests.some(({method}) => method === 'PUT'),
    false,
  );
});

const passing: [title: string, isMeant: (request: FakeRequest) => boolean, answer: FakeAnswer][] = [
  ['a 503 to the question for a blob', ({method}) => method === 'HEAD', {status: 503}],
  ['a 429 to the beginning', ({method}) => method === 'POST', {status: 429, headers: {'retry-after': '0'}}],
  ['a 500 to the bytes', isPatch, {status: 500, body: ''}],
  ['an answer to the bytes that is lost', isPatch, {reset: true}],
  [
    'an answer to the end of an upload that is lost',
    ({method, path}) => method === 'PUT' && path.includes('uploads'),
    {reset: true},
  ],
  ['a 502 to the manifest', ({path}) => path.includes('/manifests/'), {status: 502, body: '<html>'}],
];

for (const [title, isMeant, answer] of passing) {
  test(`${title} is tried again`, async ({registry, host}) => {
    const seen = new Set<string>();
    registry.intercept = (request) => {
      const key = `${request.method} ${request.path}`;
      if (!isMeant(request) || seen.has(key)) return undefined;
      seen.add(key);
      return answer;
    };
    const name = `${registry.address}/app:1`;
    await push(host, name);
    ok(seen.size > 0);
    registry.intercept = () => undefined;
    await isWhole(name);
  });
}

// Refusals

const refusals: [title: string, code: string, message: string, answer: FakeAnswer][] = [
  [
    'who may not push',
    'registry-denied',
    'push access denied for REGISTRY/app: denied: requested access to the resource is denied',
    registryError(403, 'DENIED', 'requested access to the resource is denied'),
  ],
  [
    'a read-only registry',
    'registry-failed',
    'registry REGISTRY takes no pushes: unsupported: The operation is unsupported.',
    registryError(405, 'UNSUPPORTED', 'The operation is unsupported.'),
  ],
  [
    'an unknown repository',
    'registry-failed',
    'registry REGISTRY answered 404 to the upload of REGISTRY/app:1: name unknown: no such project',
    registryError(404, 'NAME_UNKNOWN', 'no such project'),
  ],
  [
    'a proxy that limits',
    'registry-failed',
    'a part of REGISTRY/app:1 is too large for registry REGISTRY',
    {status: 413, body: '<html>'},
  ],
  [
    'a full registry',
    'registry-failed',
    'registry REGISTRY answered 507 to the upload of REGISTRY/app:1',
    {status: 507, body: ''},
  ],
  [
    'no place to upload to',
    'registry-failed',
    'registry REGISTRY does not say where to upload',
    {status: 202, headers: {}},
  ],
];

for (const [title, code, message, answer] of refusals) {
  test(`refused: ${title}`, async ({registry, host}) => {
    registry.intercept = ({method}) => (method === 'POST' ? answer : undefined);
    const error = await engineErrorOf(() => push(host, `${registry.address}/app:1`));
    is(error.message, message.replaceAll('REGISTRY', registry.address));
    is(error.code, code);
  });
}

test('refused: nobody, and a wrong password', async ({host}) => {
  await using registry = await FakeRegistry.start({auth: {kind: 'basic', user: 'ann', password: 'other'}});
  const name = `${registry.address}/app:1`;
  const nobody = await engineErrorOf(() => push(host, name));
  is(nobody.code, 'registry-denied');
  is(nobody.message, `push access denied for ${registry.address}/app: unauthorized: authentication required`);
  is(nobody.hint, `log in as somebody who may push there: 'crundle login ${registry.address}'`);
  const wrong = await engineErrorOf(() => push(host, name, image, {credentials}));
  is(wrong.code, 'registry-unauthorized');
});

test('a manifest that the registry stores as another one is told', async ({registry, host}) => {
  const other = `sha256:${'1'.repeat(64)}`;
  registry.intercept = ({method, path}) =>
    method === 'PUT' && path.includes('/manifests/')
      ? {status: 201, headers: {'docker-content-digest': other}}
      : undefined;
  const error = await engineErrorOf(() => push(host, `${registry.address}/app:1`));
  is(error.code, 'digest-mismatch');
  is(
    error.message,
    `registry ${registry.address} stored the manifest of ${registry.address}/app:1 as ${other}, not ${image.manifest.digest}`,
  );
});

test('a layer that is damaged here is told as that', async ({registry, host}) => {
  const name = `${registry.address}/app:1`;
  await using origin = await FakeRegistry.start();
  const pulled = await host.pull(origin.put('origin', '1', image));
  await host.store.tag(pulled.image.id, parseReference(name));
  const digest = big?.digest as Digest;
  writeFileSync(host.store.layout.blobPath(digest), Buffer.alloc(big?.blob.length ?? 0));
  const error = await engineErrorOf(() => pushAgain(host, name));
  is(error.code, 'image-damaged');
  is(error.message, `blob ${digest} of ${name} is missing here, or is not what its name says`);
  is(registry.asked('/manifests/').length, 0);
});

test('an upload that goes to another host is sent without the token', async ({host}) => {
  await using registry = await FakeRegistry.start({auth: {kind: 'bearer', user: 'ann', password: 'secret'}});
  await using storage = await FakeRegistry.start();
  // The same server by another name.
  storage.intercept = () => ({status: 202, headers: {location: '/elsewhere'}});
  registry.intercept = ({method, headers}) =>
    method === 'POST' && headers.authorization !== undefined
      ? {status: 202, headers: {location: `http://${storage.address}/v2/x/blobs/uploads/1`}}
      : undefined;
  storage.intercept = ({method}) =>
    method === 'PUT' ? {status: 201} : {status: 202, headers: {location: `http://${storage.address}/up?x=1`}};
  await push(host, `${registry.address}/app:1`, image, {credentials});
  ok(storage.requests.length > 0);
  for (const {headers} of storage.requests) is(headers.authorization, undefined);
});

test('an abort ends it at once', async ({registry, host}) => {
  const stop = new AbortController();
  registry.intercept = (request) => {
    if (!isPatch(request)) return undefined;
    stop.abort();
    return {delayMs: 500};
  };
  const error = await engineErrorOf(() =>
    push(host, `${registry.address}/app:1`, image, {signal: stop.signal}),
  );
  is(error.code, 'cancelled');
  is(error.message, 'the push was cancelled');
  is(error.hint, undefined);
});

test.run();
