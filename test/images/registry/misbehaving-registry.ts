// A registry that misbehaves in every way that can be thought of: each pull ends with a clear error, or well after a retry, and
// neither memory nor disk is taken without bound.
import {randomBytes} from 'node:crypto';
import {readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {suite} from 'uvu';
import {equal, is, ok} from 'uvu/assert';
import type {ErrorCode} from '../../../src/errors.ts';
import {type CredentialSource, noCredentials} from '../../../src/images/registry/credentials.ts';
import type {RegistryTiming} from '../../../src/images/registry/registry-endpoint.ts';
import {mount, umount} from '../../../src/system/libc.ts';
import {engineErrorOf} from '../../support/engine-error.ts';
import {type FakeAnswer, registryError} from '../../support/fake-answer.ts';
import {FakeRegistry, type FakeRequest} from '../../support/fake-registry.ts';
import {makeImage, makeIndex, type TestImage} from '../../support/image.ts';
import {makeLayer, sha256} from '../../support/layer.ts';
import {PullHost} from '../../support/pull-host.ts';
// Refuses to run outside a test host, whose mounts are its own.
import '../../support/test-host.ts';

const test = suite('misbehaving-registry');
const blobBytes = 200_000;
const image = makeImage({
  layers: [makeLayer([{name: 'file', content: randomBytes(blobBytes)}], {compression: 'none'})],
});
const [layer = makeLayer([])] = image.layers;
const MiB = 1024 * 1024;
const diskBytes = 32 * MiB;

type Misbehaviour = (request: FakeRequest, right: FakeAnswer) => FakeAnswer | undefined;

interface Case {
  title: string;
  /** What is sent in place of the right answer, or over it. */
  does: Misbehaviour;
  /** Absent: the pull ends well. REGISTRY and NAME stand for what they are each time. */
  fails?: [code: ErrorCode, message: string | RegExp, hint?: string];
  timing?: Partial<RegistryTiming>;
  image?: TestImage;
  credentials?: CredentialSource;
  /** What may stay for the next pull. */
  keepsPart?: boolean;
  maxRequests?: number;
  minMs?: number;
}

// As on a machine that is busy; a stall is told from that by the cases that are about stalls.
const patient: Partial<RegistryTiming> = {
  retryDelayMs: 1,
  maxRetries: 3,
  answerTimeoutMs: 20_000,
  stallTimeoutMs: 20_000,
  maxRetryAfterMs: 2000,
};
const hasty = {...patient, answerTimeoutMs: 100, stallTimeoutMs: 100, maxRetries: 1};

const manifest = (answer: FakeAnswer | ((right: FakeAnswer) => FakeAnswer), times = Infinity): Misbehaviour =>
  on(({path}) => path.includes('/manifests/'), answer, times);
const blob = (answer: FakeAnswer | ((right: FakeAnswer) => FakeAnswer), times = Infinity): Misbehaviour =>
  on(({path}) => path.endsWith(layer.digest), answer, times);
const config = (answer: FakeAnswer | ((right: FakeAnswer) => FakeAnswer), times = Infinity): Misbehaviour =>
  on(({path}) => path.endsWith(image.config.digest), answer, times);

function on(
  isMeant: (request: FakeRequest) => boolean,
  answer: FakeAnswer | ((right: FakeAnswer) => FakeAnswer),
  times: number,
): Misbehaviour {
  return (request, right) => {
    if (!isMeant(request) || request.repeat >= times) return undefined;
    return typeof answer === 'function' ? answer(right) : answer;
  };
}

const bearer = (realm: string): FakeAnswer => ({
  ...registryError(401, 'UNAUTHORIZED', 'authentication required'),
  headers: {'www-authenticate': `Bearer realm="${realm}",service="fake",scope="repository:app:pull"`},
});
/** Asks for a token at first and whenever the token is another one than T. */
const withTokens =
  (token: FakeAnswer): Misbehaviour =>
  ({path, headers}) => {
    if (path === '/token') return token;
    return headers.authorization === 'Bearer T' ? undefined : bearer('/token');
  };
const person: CredentialSource = {
  find: async () => ({kind: 'password', username: 'ann', password: 'pa55word'}),
};

const broke = 'cannot reach registry REGISTRY: it broke the connection';
const slow = 'cannot reach registry REGISTRY: it did not answer in time';
const tooLarge: [ErrorCode, string] = [
  'manifest-invalid',
  'the manifest of NAME is larger than 4194304 bytes',
];
const ten = Buffer.alloc(10 * MiB, ' ');
const page = {headers: {'content-type': 'text/html'}, body: '<html><title>Log in</title>'};

const cases: Case[] = [
  // Cuts
  {title: 'resets once', does: manifest({reset: true}, 1)},
  {
    title: 'resets always',
    does: manifest({reset: true}),
    fails: ['registry-unreachable', broke],
    maxRequests: 5,
  },
  {title: 'cuts a manifest short once', does: manifest({dropAfter: 50}, 1)},
  {
    title: 'cuts a manifest short always',
    does: manifest({dropAfter: 50}),
    fails: ['registry-unreachable', broke],
  },
  {title: 'cuts a config short once', does: config({dropAfter: 10}, 1)},
  {title: 'cuts a layer every 20 kB', does: blob({dropAfter: 20_000})},
  {
    title: 'cuts a layer at the same place and knows no ranges',
    does: blob(() => ({status: 200, headers: {}, body: layer.blob, dropAfter: 20_000})),
    fails: ['registry-unreachable', broke],
    keepsPart: true,
    maxRequests: 10,
  },
  // Stalls
  {
    title: 'never answers',
    does: manifest({delayMs: 700}),
    timing: hasty,
    fails: ['registry-unreachable', slow],
  },
  {
    title: 'stalls in a manifest',
    does: manifest({stallAfter: 20}),
    timing: hasty,
    fails: ['registry-unreachable', slow],
  },
  {
    title: 'stalls in a manifest once',
    does: manifest({stallAfter: 20}, 1),
    timing: {...patient, stallTimeoutMs: 1000},
  },
  {
    title: 'stalls in a layer once',
    does: blob({stallAfter: 5000}, 1),
    timing: {...patient, stallTimeoutMs: 1000},
  },
  {
    title: 'stalls in a layer always',
    does: blob({stallAfter: 0}),
    timing: {...patient, stallTimeoutMs: 100, maxRetries: 1},
    fails: ['registry-unreachable', slow],
    keepsPart: true,
  },
  {title: 'sends a layer in a trickle', does: blob({trickle: {bytes: 10_000, everyMs: 10}})},
  {
    title: 'sends a layer in a trickle that is none',
    does: blob(() => ({status: 200, headers: {}, body: layer.blob, trickle: {bytes: 1, everyMs: 700}})),
    timing: {...patient, stallTimeoutMs: 100, maxRetries: 1},
    fails: ['registry-unreachable', slow],
    keepsPart: true,
  },
  // Sizes
  {title: 'has a manifest of 10 MB', does: manifest({headers: {}, body: ten}), fails: tooLarge},
  {
    title: 'has one of 10 MB without a length',
    does: manifest({headers: {}, body: ten, chunked: true}),
    fails: tooLarge,
  },
  {
    title: 'has a manifest without end',
    does: manifest({headers: {}, body: ten, endless: true}),
    fails: tooLarge,
  },
  {
    title: 'has an index of 10,001 platforms',
    does: manifest(() => {
      const one = makeIndex([image], {
        edit: (index) => {
          index.manifests = Array.from({length: 10_001}, () => ({
            mediaType: 'a',
            digest: image.manifest.digest,
            size: 1,
          }));
        },
      });
      return {headers: {'content-type': one.mediaType}, body: one.bytes};
    }),
    fails: [
      'manifest-invalid',
      'the manifest of NAME is invalid: manifests has 10001 items; at most 10000 are allowed',
    ],
  },
  {
    title: 'has a config without end',
    does: config({headers: {}, body: ten, endless: true}),
    fails: [
      'size-mismatch',
      `blob ${image.config.digest} of NAME has more bytes in registry REGISTRY, but its manifest says ${image.config.bytes.length}`,
    ],
  },
  {
    title: 'has a layer without end',
    does: blob({headers: {}, body: ten, endless: true}),
    fails: [
      'size-mismatch',
      `blob ${layer.digest} of NAME is longer than the ${layer.blob.length} bytes that its manifest says`,
    ],
  },
  {
    title: 'has a shorter layer',
    does: blob({body: layer.blob.subarray(1)}),
    fails: [
      'size-mismatch',
      `blob ${layer.digest} of NAME has ${layer.blob.length - 1} bytes in registry REGISTRY, but its manifest says ${layer.blob.length}`,
    ],
  },
  {
    title: 'answers a part of a layer with another part',
    does: (request, right) => {
      if (!request.path.endsWith(layer.digest)) return undefined;
      if (request.repeat === 0) return {dropAfter: 1000};
      return {...right, headers: {'content-range': `bytes 0-${layer.blob.length - 1}/${layer.blob.length}`}};
    },
    fails: ['registry-failed', 'registry REGISTRY sent another part of a blob of NAME than was asked for'],
    keepsPart: true,
  },
  {
    title: 'forgets in the middle how long a layer is',
    does: (request) => {
      if (!request.path.endsWith(layer.digest)) return undefined;
      return request.repeat === 0 ? {dropAfter: 1000} : {status: 416, headers: {}, body: ''};
    },
    fails: [
      'size-mismatch',
      `blob ${layer.digest} of NAME has no more than 1000 bytes in registry REGISTRY, but its manifest says ${layer.blob.length}`,
    ],
  },
  // Wrong bytes
  {
    title: 'sends other bytes',
    does: blob({body: Buffer.alloc(layer.blob.length, 7)}),
    fails: [
      'digest-mismatch',
      new RegExp(`^blob ${layer.digest} of \\S+ arrived from \\S+ as sha256:[0-9a-f]{64}$`),
    ],
  },
  {
    title: 'sends other bytes for the rest of a layer',
    does: (request) => {
      if (!request.path.endsWith(layer.digest)) return undefined;
      return request.repeat === 0 ? {dropAfter: 1000} : {body: Buffer.alloc(layer.blob.length - 1000, 7)};
    },
    fails: [
      'digest-mismatch',
      new RegExp(`^blob ${layer.digest} of \\S+ arrived from \\S+ as sha256:[0-9a-f]{64}$`),
    ],
  },
  {
    title: 'sends another config',
    does: config(() => ({body: Buffer.alloc(image.config.bytes.length, ' ')})),
    fails: [
      'digest-mismatch',
      new RegExp(`^the config of \\S+ has the digest sha256:[0-9a-f]{64}, not ${image.config.digest}$`),
    ],
  },
  {
    title: 'states another digest of the manifest',
    does: manifest(({headers}) => ({
      headers: {...headers, 'docker-content-digest': `sha256:${'0'.repeat(64)}`},
    })),
    fails: [
      'digest-mismatch',
      `the manifest of NAME has the digest ${image.manifest.digest}, not sha256:${'0'.repeat(64)}`,
    ],
  },
  {
    title: 'compresses a manifest that nobody asked it to',
    does: manifest(({headers}) => ({
      headers: {...headers, 'content-encoding': 'gzip'},
      body: gzipSync(image.manifest.bytes),
    })),
    fails: ['digest-mismatch', /^the manifest of \S+ has the digest sha256:/],
  },
  // Statuses
  ...[408, 425, 500, 502, 503, 504].map((status) => ({
    title: `answers ${status} once`,
    does: manifest({status, body: ''}, 1),
  })),
  {
    title: 'answers 500 always',
    does: manifest({status: 500, body: 'oops'}),
    fails: ['registry-failed', 'registry REGISTRY answered 500 to the manifest of NAME'],
    maxRequests: 5,
  },
  {
    title: 'answers 500 to each layer',
    does: blob({status: 500, body: ''}),
    fails: ['registry-failed', 'registry REGISTRY answered 500 to the blob of NAME'],
  },
  {
    title: 'has nothing to say',
    does: manifest({status: 204, body: ''}),
    fails: ['registry-failed', 'registry REGISTRY answered 204 to the manifest of NAME'],
  },
  {
    title: 'says that nothing has changed',
    does: manifest({status: 304, body: ''}),
    fails: ['registry-failed', 'registry REGISTRY answered 304 to the manifest of NAME'],
  },
  {
    title: 'is a teapot',
    does: manifest({status: 418, body: ''}),
    fails: ['registry-failed', 'registry REGISTRY answered 418 to the manifest of NAME'],
  },
  {
    title: 'limits at once, and then not',
    does: manifest({status: 429, headers: {'retry-after': '0'}, body: ''}, 2),
  },
  {
    title: 'asks for a second of rest',
    does: manifest({status: 503, headers: {'retry-after': '1'}, body: ''}, 1),
    minMs: 1000,
  },
  {
    title: 'asks for rest until a time that is past',
    does: manifest({status: 429, headers: {'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT'}, body: ''}, 1),
  },
  {
    title: 'asks for rest in words that are none',
    does: manifest({status: 429, headers: {'retry-after': 'soon'}, body: ''}, 1),
  },
  {
    title: 'asks for an hour of rest',
    does: manifest({status: 429, headers: {'retry-after': '3600'}, body: ''}),
    fails: [
      'registry-failed',
      'registry REGISTRY limits how often it may be asked (429)',
      'it asks to be left alone for 3600 seconds',
    ],
    maxRequests: 2,
  },
  {
    title: 'lacks a layer',
    does: blob(registryError(404, 'BLOB_UNKNOWN', 'blob unknown to registry')),
    fails: [
      'registry-failed',
      'registry REGISTRY lacks a blob of NAME: blob unknown: blob unknown to registry',
    ],
  },
  {
    title: 'is a captive portal',
    does: manifest({status: 200, ...page}),
    fails: ['registry-failed', 'REGISTRY answered with a web page instead of the manifest of NAME'],
  },
  {
    title: 'has a message that drives terminals',
    does: manifest(registryError(403, 'DENIED', `\u001b]0;owned\u0007${'x'.repeat(5000)}`)),
    fails: [
      'registry-denied',
      /^pull access denied for \S+, repository does not exist or may require authorization: denied: \ufffd\]0;owned\ufffdx{200,300}$/,
    ],
  },
  // Not HTTP
  {
    title: 'speaks something else',
    does: manifest({raw: 'SSH-2.0-OpenSSH_9.2\r\n'}),
    fails: ['registry-unreachable', 'cannot reach registry REGISTRY: it does not speak HTTP'],
  },
  {
    title: 'has headers without end',
    does: manifest({raw: `HTTP/1.1 200 OK\r\n${`x-fill: ${'y'.repeat(1000)}\r\n`.repeat(100)}\r\n`}),
    fails: [
      'registry-unreachable',
      'cannot reach registry REGISTRY: the connection failed (HPE_HEADER_OVERFLOW)',
    ],
  },
  // Who asks
  {
    title: 'refuses every token',
    does: ({path}) => (path === '/token' ? {body: '{"token": "T"}'} : bearer('/token')),
    fails: [
      'registry-denied',
      'pull access denied for REGISTRY/app, repository does not exist or may require authorization: unauthorized: authentication required',
    ],
    maxRequests: 6,
  },
  {
    title: 'refuses and says not how to ask',
    does: () => ({status: 401, headers: {}, body: ''}),
    fails: [
      'registry-denied',
      'pull access denied for REGISTRY/app, repository does not exist or may require authorization',
    ],
    maxRequests: 3,
  },
  {
    title: 'has a token server that fails once',
    does: (request, right) =>
      request.path === '/token' && request.repeat === 0
        ? {status: 503, body: ''}
        : withTokens({body: '{"token": "T"}'})(request, right),
  },
  {
    title: 'has a token server that fails always',
    does: withTokens({status: 500, body: ''}),
    fails: ['registry-failed', 'the token server REGISTRY of registry REGISTRY answered 500'],
  },
  {
    title: 'has a token server that says nothing',
    does: withTokens({delayMs: 700}),
    timing: hasty,
    fails: [
      'registry-unreachable',
      'cannot reach registry REGISTRY (token server): it did not answer in time',
    ],
  },
  {
    title: 'has a token without end',
    does: withTokens({body: ten, endless: true}),
    fails: ['registry-failed', 'the token server REGISTRY of registry REGISTRY answered 200'],
  },
  {
    title: 'has a token that would be a header of its own',
    does: withTokens({body: JSON.stringify({token: 'T\r\nX-Evil: 1'})}),
    fails: [
      'registry-failed',
      'the answer of the token server REGISTRY of registry REGISTRY is invalid: token is not a token',
    ],
  },
  {
    title: 'has a web page where tokens should be',
    does: withTokens(page),
    fails: [
      'registry-failed',
      'the answer of the token server REGISTRY of registry REGISTRY is not valid JSON',
    ],
  },
  {
    title: 'sends passwords elsewhere in the clear',
    does: () => bearer('http://tokens.example/token'),
    credentials: person,
    fails: [
      'registry-failed',
      "registry REGISTRY names a token server that cannot be used: 'http://tokens.example/token'",
    ],
  },
  {
    title: 'names a token server in the file system',
    does: () => bearer('file:///etc/passwd'),
    fails: [
      'registry-failed',
      "registry REGISTRY names a token server that cannot be used: 'file:///etc/passwd'",
    ],
  },
  // Redirects
  {
    title: 'redirects without end',
    does: on(
      ({path}) => path !== '/v2/',
      {status: 307, headers: {location: '/v2/app/manifests/1'}},
      Infinity,
    ),
    fails: ['registry-failed', 'registry REGISTRY redirects without end'],
    maxRequests: 20,
  },
  {
    title: 'redirects into the file system',
    does: blob({status: 307, headers: {location: 'file:///etc/shadow'}}),
    fails: ['registry-failed', 'registry REGISTRY redirects to something that is not a web address'],
  },
  {
    title: 'redirects to another host in the clear',
    does: blob({status: 307, headers: {location: 'http://cdn.example/x'}}),
    fails: ['registry-failed', 'registry REGISTRY redirects to cdn.example without TLS'],
  },
  {
    title: 'redirects to nowhere',
    does: blob({status: 307, headers: {location: 'http://127.0.0.1:1/x'}}),
    fails: [
      'registry-unreachable',
      'cannot reach registry 127.0.0.1:1 (for REGISTRY): it refuses the connection',
    ],
    keepsPart: true,
  },
];

for (const item of cases) {
  test(item.title, async () => await check(item));
}

async function check({
  does,
  fails,
  timing = patient,
  credentials = noCredentials,
  ...item
}: Case): Promise<void> {
  await using registry = await FakeRegistry.start();
  using host = new PullHost();
  const name = registry.put('app', '1', item.image ?? image);
  registry.intercept = does;
  const said = (text: string) => text.replaceAll('REGISTRY', registry.address).replaceAll('NAME', name);
  const startedMs = performance.now();
  if (!fails) {
    is((await host.pull(name, {timing, credentials})).image.id, image.config.digest);
    ok(performance.now() - startedMs >= (item.minMs ?? 0), 'it was left alone for as long as it asked');
    return;
  }
  const [code, message, hint] = fails;
  const error = await engineErrorOf(() => host.pull(name, {timing, credentials}));
  if (typeof message === 'string') is(error.message, said(message));
  else ok(message.test(error.message), error.message);
  is(error.code, code);
  if (hint !== undefined) is(error.hint, hint);
  ok(!`${error.stack} ${error.hint}`.includes('pa55word'));
  ok(registry.requests.length <= (item.maxRequests ?? 30), `${registry.requests.length} requests`);
  if (!item.keepsPart) equal(host.files(), []);
  ok(bytesIn(host.root) <= layer.blob.length + 100_000, `${bytesIn(host.root)} bytes are left`);
}

function bytesIn(folder: string): number {
  return readdirSync(folder, {recursive: true, encoding: 'utf8'}).reduce(
    (sum, name) => sum + statSync(join(folder, name)).size,
    0,
  );
}

test('a redirect to another host takes no token along', async () => {
  await using registry = await FakeRegistry.start({
    auth: {kind: 'bearer', user: 'ann', password: 'pa55word'},
  });
  await using cdn = await FakeRegistry.start();
  using host = new PullHost();
  const name = registry.put('app', '1', image);
  cdn.putBlob(layer.digest, layer.blob);
  registry.intercept = ({path, headers}) =>
    path.endsWith(layer.digest) && headers.authorization
      ? {
          status: 307,
          headers: {location: `http://bob:secret@${cdn.address}/v2/x/blobs/${layer.digest}?sig=1`},
        }
      : undefined;
  // Signed addresses run out: after a cut the registry is asked for another one.
  cdn.intercept = ({repeat}) => (repeat === 0 ? {dropAfter: 50_000} : undefined);
  await host.pull(name, {credentials: person, timing: patient});
  is(cdn.requests.length, 2);
  for (const {headers} of cdn.requests) is(headers.authorization, undefined);
});

test('tokens that are good for one request each do', async () => {
  await using registry = await FakeRegistry.start({auth: {kind: 'bearer', tokenUses: 1}});
  using host = new PullHost();
  is((await host.pull(registry.put('app', '1', image), {timing: patient})).image.id, image.config.digest);
});

// On a disk of their own, in memory.
async function onSmallDisk(bytes: number, call: (host: PullHost) => Promise<void>): Promise<void> {
  using host = new PullHost();
  mount('none', host.root, 'tmpfs', 0n, `size=${bytes}`);
  try {
    await call(host);
  } finally {
    umount(host.root);
  }
}

test('500 layers are pulled, 501 are refused', async () => {
  await using registry = await FakeRegistry.start();
  const layers = Array.from({length: 500}, (_, index) =>
    makeLayer([{name: `f${index}`, content: `${index}`}]),
  );
  await onSmallDisk(diskBytes, async (host) => {
    const many = makeImage({layers});
    is((await host.pull(registry.put('many', '1', many), {timing: patient})).image.chainIds.length, 500);
  });
  using host = new PullHost();
  const error = await engineErrorOf(() =>
    host.pull(registry.put('more', '1', makeImage({layers: [...layers, makeLayer([])]}))),
  );
  is(error.code, 'manifest-invalid');
});

test('a gzip bomb ends when the disk is all but full, and leaves nothing', async () => {
  await using registry = await FakeRegistry.start();
  // A gigabyte in a hundred kilobytes: what follows the header is one member again and again.
  const {tar} = makeLayer([{name: 'zeros', edit: (header) => void header.write('07777777777\0', 124)}]);
  const zeros = gzipSync(Buffer.alloc(8 * MiB));
  const bytes = Buffer.concat([gzipSync(tar.subarray(0, 512)), ...Array.from({length: 128}, () => zeros)]);
  const bomb = {...makeLayer([]), blob: bytes, digest: sha256(bytes)};
  const name = registry.put('bomb', '1', makeImage({layers: [bomb]}));
  await onSmallDisk(diskBytes, async (host) => {
    const error = await engineErrorOf(() => host.pull(name, {timing: patient}));
    is(error.code, 'disk-full');
    equal(host.files(), []);
  });
});

test('a gzip bomb of names is bounded too', async () => {
  await using registry = await FakeRegistry.start();
  const {tar} = makeLayer([{name: 'long', pax: {path: 'x'.repeat(3 * MiB)}}]);
  const bytes = gzipSync(tar);
  const bomb = {...makeLayer([]), blob: bytes, digest: sha256(bytes), diffId: sha256(tar)};
  using host = new PullHost();
  const error = await engineErrorOf(() => host.pull(registry.put('bomb', '1', makeImage({layers: [bomb]}))));
  is(error.code, 'layer-invalid');
  equal(host.files(), []);
});

test('all of that took little memory', () => {
  // Node.js itself with its compiler takes some 90 MB; this process was the registry, too.
  const megabytes = process.resourceUsage().maxRSS / 1024;
  ok(megabytes < 400, `${megabytes} MB`);
});

test.run();
