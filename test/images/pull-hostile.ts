// Documents and answers that are malformed or meant to harm: each has its code and its words, and leaves nothing.
import {suite} from 'uvu';
import {equal, is, match} from 'uvu/assert';
import type {ErrorCode} from '../../src/errors.ts';
import {type ImageManifest, mediaTypes} from '../../src/oci/image-spec.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {registryError} from '../support/fake-answer.ts';
import {FakeRegistry} from '../support/fake-registry.ts';
import {
  describe,
  documentOf,
  type ImageOptions,
  makeImage,
  makeIndex,
  type TestDocument,
} from '../support/image.ts';
import {makeLayer} from '../support/layer.ts';
import {PullHost} from '../support/pull-host.ts';

const test = suite<{registry: FakeRegistry; host: PullHost}>('pull-hostile');

test.before.each(async (context) => {
  context.registry = await FakeRegistry.start();
  context.host = new PullHost();
});

test.after.each(async (context) => {
  context.host[Symbol.dispose]();
  await context.registry[Symbol.asyncDispose]();
});

/** NAME stands for the image's name. */
async function expectRefusal(
  {registry, host}: {registry: FakeRegistry; host: PullHost},
  name: string,
  code: ErrorCode,
  message: string | RegExp,
): Promise<void> {
  // A good image first: what is there must stay as it is.
  const good = registry.put('good', '1', makeImage({layers: [makeLayer([{name: 'good', content: 'good'}])]}));
  await host.pull(good);
  const before = host.files();
  const error = await engineErrorOf(() => host.pull(name));
  if (typeof message === 'string')
    is(error.message, message.replaceAll('NAME', name).replaceAll('REGISTRY', registry.address));
  else match(error.message, message);
  is(error.code, code);
  equal(host.files(), before, 'the store is as it was');
  is((await host.store.list()).length, 1);
}

// Manifests

const oci = mediaTypes.ociManifest;
const text = (document: string, mediaType: string = oci) => documentOf(Buffer.from(document), mediaType);
const json = (value: unknown, mediaType: string = oci) => documentOf(value, mediaType);
const digest = `sha256:${'ab'.repeat(32)}`;
const config = {mediaType: mediaTypes.ociConfig, digest, size: 2};

const manifests: [title: string, document: TestDocument, code: ErrorCode, message: string][] = [
  ['an empty document', text(''), 'manifest-invalid', 'the manifest of NAME is not valid JSON'],
  ['garbage', text('\x00\x01\x02'), 'manifest-invalid', 'the manifest of NAME is not valid JSON'],
  [
    'a cut document',
    text('{"schemaVersion":2,'),
    'manifest-invalid',
    'the manifest of NAME is not valid JSON',
  ],
  [
    'two documents',
    text('{"schemaVersion":2}{}'),
    'manifest-invalid',
    'the manifest of NAME is not valid JSON',
  ],
  [
    'bytes that are not UTF-8',
    documentOf(Buffer.from('{"schemaVersion":2,"x":"\xff\xfe"}', 'latin1'), oci),
    'manifest-invalid',
    'the manifest of NAME is not valid JSON',
  ],
  ['a list', json([]), 'manifest-invalid', 'the manifest of NAME is invalid: it is not an object'],
  ['null', text('null'), 'manifest-invalid', 'the manifest of NAME is invalid: it is not an object'],
  [
    'a very deep list',
    text('['.repeat(200_000) + ']'.repeat(200_000)),
    'manifest-invalid',
    'the manifest of NAME is invalid: it is not an object',
  ],
  [
    'no version',
    json({config, layers: []}),
    'manifest-invalid',
    'the manifest of NAME is invalid: schemaVersion is missing',
  ],
  [
    'version 3',
    json({schemaVersion: 3}),
    'manifest-invalid',
    'the manifest of NAME is invalid: schemaVersion is not 2',
  ],
  [
    'a version in words',
    json({schemaVersion: '2'}),
    'manifest-invalid',
    'the manifest of NAME is invalid: schemaVersion is not an integer',
  ],
  [
    'schema 1',
    json({schemaVersion: 1, name: 'x', fsLayers: []}, mediaTypes.dockerManifestV1Signed),
    'manifest-unsupported',
    'NAME is stored in Docker image manifest schema 1, which is obsolete and not supported',
  ],
  [
    'schema 1 by its content',
    json({schemaVersion: 1, fsLayers: []}, 'application/json'),
    'manifest-unsupported',
    'NAME is stored in Docker image manifest schema 1, which is obsolete and not supported',
  ],
  [
    'an index and a manifest in one',
    json({schemaVersion: 2, config, layers: [], manifests: []}),
    'manifest-invalid',
    'the manifest of NAME is invalid: it is an index and a manifest at once',
  ],
  [
    'another type than the registry says',
    json({schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: []}),
    'manifest-invalid',
    `the manifest of NAME is invalid: mediaType is ${mediaTypes.ociIndex}, but the registry sent it as ${oci}`,
  ],
  [
    'an unknown type',
    json({schemaVersion: 2, mediaType: 'application/vnd.example+json'}),
    'manifest-unsupported',
    'NAME is not a container image: its manifest is application/vnd.example+json',
  ],
  [
    'nothing that tells what it is',
    json({schemaVersion: 2}, 'text/plain'),
    'manifest-unsupported',
    'NAME is not a container image: its manifest is text/plain',
  ],
  [
    'no config',
    json({schemaVersion: 2, layers: []}),
    'manifest-invalid',
    'the manifest of NAME is invalid: config is not an object',
  ],
  [
    'no layers',
    json({schemaVersion: 2, config}),
    'manifest-invalid',
    'the manifest of NAME is invalid: layers is not a list',
  ],
  [
    'a digest that is a path',
    json({schemaVersion: 2, config: {...config, digest: 'sha256:../../../etc/passwd'}, layers: []}),
    'manifest-invalid',
    "the manifest of NAME is invalid: config.digest is not a sha256 or sha512 digest: 'sha256:../../../etc/passwd'",
  ],
  [
    'a digest of another algorithm',
    json({schemaVersion: 2, config: {...config, digest: 'md5:d41d8cd98f00b204e9800998ecf8427e'}, layers: []}),
    'manifest-invalid',
    "the manifest of NAME is invalid: config.digest is not a sha256 or sha512 digest: 'md5:d41d8cd98f00b204e9800998ecf8427e'",
  ],
  [
    'a negative size',
    json({schemaVersion: 2, config: {...config, size: -1}, layers: []}),
    'manifest-invalid',
    'the manifest of NAME is invalid: config.size is not between 0 and 9007199254740991',
  ],
  [
    'a size that is no integer',
    json({schemaVersion: 2, config: {...config, size: 1.5}, layers: []}),
    'manifest-invalid',
    'the manifest of NAME is invalid: config.size is not an integer',
  ],
  [
    'a config as large as a disk',
    json({schemaVersion: 2, config: {...config, size: 5_000_000_000}, layers: []}),
    'manifest-invalid',
    'the manifest of NAME is invalid: config.size is more than 4194304 bytes',
  ],
  [
    '501 layers',
    json({
      schemaVersion: 2,
      config,
      layers: Array.from({length: 501}, () => ({...config, mediaType: mediaTypes.ociLayer})),
    }),
    'manifest-invalid',
    'the manifest of NAME is invalid: layers has 501 items; at most 500 are allowed',
  ],
  [
    'a layer that is a number',
    json({schemaVersion: 2, config, layers: [7]}),
    'manifest-invalid',
    'the manifest of NAME is invalid: layers[0] is not an object',
  ],
  [
    'a Helm chart',
    json({
      schemaVersion: 2,
      config: {...config, mediaType: 'application/vnd.cncf.helm.config.v1+json'},
      layers: [],
    }),
    'manifest-unsupported',
    'NAME is a Helm chart, not a container image',
  ],
  [
    'an artifact nobody knows',
    json({schemaVersion: 2, config: {...config, mediaType: 'application/vnd.example.thing'}, layers: []}),
    'manifest-unsupported',
    'NAME is an artifact of the type application/vnd.example.thing, not a container image',
  ],
  [
    'terminal control in a type',
    json({schemaVersion: 2, config: {...config, mediaType: 'a/\u001b]0;x\u0007'}, layers: []}),
    'manifest-unsupported',
    'NAME is an artifact of the type a/\ufffd]0;x\ufffd, not a container image',
  ],
];

for (const [title, document, code, message] of manifests) {
  test(`a manifest that is ${title}`, async (context) => {
    context.registry.putManifest('bad', '1', document);
    await expectRefusal(context, `${context.registry.address}/bad:1`, code, message);
  });
}

const layerType = (mediaType: string, urls?: string[]) => (manifest: ImageManifest) => {
  const [layer] = manifest.layers;
  if (layer) Object.assign(layer, {mediaType}, urls ? {urls} : {});
};

// Images that are wrong in one place. LAYER stands for the first layer's digest, CONFIG for the config's.
const images: [title: string, options: ImageOptions, code: ErrorCode, message: string][] = [
  [
    'an encrypted layer',
    {editManifest: layerType('application/vnd.oci.image.layer.v1.tar+gzip+encrypted')},
    'manifest-unsupported',
    'layer LAYER of NAME is encrypted, which is not supported',
  ],
  [
    'a foreign layer',
    {
      editManifest: layerType('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', [
        'https://example.com/x',
      ]),
    },
    'manifest-unsupported',
    'layer LAYER of NAME is foreign: its licence keeps it out of the registry and crundle fetches from nowhere else',
  ],
  [
    'a layer with a URL',
    {editManifest: layerType(mediaTypes.ociLayerGzip, ['http://169.254.169.254/latest'])},
    'manifest-unsupported',
    'layer LAYER of NAME is foreign: its licence keeps it out of the registry and crundle fetches from nowhere else',
  ],
  [
    'a layer that is a Helm chart',
    {editManifest: layerType('application/vnd.cncf.helm.chart.content.v1.tar+gzip')},
    'manifest-unsupported',
    'layer LAYER of NAME is a Helm chart, not a file system layer',
  ],
  [
    'a layer of an unknown type',
    {editManifest: layerType('application/x-iso')},
    'manifest-unsupported',
    'layer LAYER of NAME is of the unknown type application/x-iso, not a file system layer',
  ],
  [
    'fewer diff IDs than layers',
    {editConfig: (document) => void document.rootfs.diff_ids.pop()},
    'manifest-invalid',
    'the config of NAME is invalid: rootfs.diff_ids has 0 items, but the manifest has 1 layers',
  ],
  [
    'a diff ID that is no digest',
    {editConfig: (document) => ({...document, rootfs: {type: 'layers', diff_ids: ['../x']}})},
    'manifest-invalid',
    "the config of NAME is invalid: rootfs.diff_ids[0] is not a sha256 or sha512 digest: '../x'",
  ],
  [
    'a root file system of another kind',
    {editConfig: (document) => void Object.assign(document.rootfs, {type: 'magic'})},
    'manifest-invalid',
    "the config of NAME is invalid: rootfs.type is not 'layers'",
  ],
  [
    'no root file system',
    {editConfig: ({architecture, os}) => ({architecture, os})},
    'manifest-invalid',
    'the config of NAME is invalid: rootfs is not an object',
  ],
  [
    'a config that is not JSON',
    {editConfig: () => Buffer.from('hello')},
    'manifest-invalid',
    'the config of NAME is not valid JSON',
  ],
  [
    'no architecture',
    {editConfig: ({architecture: _, ...document}) => document},
    'manifest-invalid',
    'the config of NAME is invalid: architecture is missing',
  ],
  [
    'an environment that is a string',
    {editConfig: (document) => ({...document, config: {Env: 'A=b'}})},
    'manifest-invalid',
    'the config of NAME is invalid: config.Env is not a list',
  ],
  [
    'a command with a number in it',
    {editConfig: (document) => ({...document, config: {Cmd: ['a', 1]}})},
    'manifest-invalid',
    'the config of NAME is invalid: config.Cmd[1] is not a string',
  ],
  [
    'a NUL in the environment',
    {editConfig: (document) => ({...document, config: {Env: ['A=b\0LD_PRELOAD=x']}})},
    'manifest-invalid',
    'the config of NAME is invalid: config.Env[0] has a NUL character',
  ],
  [
    'a user that is a number',
    {editConfig: (document) => ({...document, config: {User: 0}})},
    'manifest-invalid',
    'the config of NAME is invalid: config.User is not a string',
  ],
  [
    'labels that are a list',
    {editConfig: (document) => ({...document, config: {Labels: ['a']}})},
    'manifest-invalid',
    'the config of NAME is invalid: config.Labels is not an object',
  ],
  [
    'another platform than the default',
    {platform: {os: 'linux', architecture: 'amd64'}},
    'platform-mismatch',
    'no linux/arm64 image in NAME: it has linux/amd64',
  ],
  [
    'Windows',
    {platform: {os: 'windows', architecture: 'arm64'}},
    'platform-mismatch',
    'no linux/arm64 image in NAME: it has windows/arm64',
  ],
  [
    'layers larger than any disk',
    {
      editManifest: (manifest) =>
        void Object.assign(manifest.layers[0] ?? {}, {size: Number.MAX_SAFE_INTEGER}),
    },
    'disk-full',
    'needs about 270215977[0-9]+ MB',
  ],
];

for (const [title, options, code, message] of images) {
  test(`an image with ${title}`, async (context) => {
    const image = makeImage(options);
    const name = context.registry.put('bad', '1', image);
    const expected = message.replace('LAYER', image.layers[0]?.digest.slice(0, 19) ?? '');
    await expectRefusal(context, name, code, code === 'disk-full' ? new RegExp(expected) : expected);
  });
}

// Indexes

test('an index without the platform lists what there is', async (context) => {
  const others = ['amd64', '386', 'riscv64'].map((architecture) =>
    makeImage({platform: {os: 'linux', architecture}}),
  );
  const name = context.registry.put('bad', '1', others, makeIndex(others));
  await expectRefusal(
    context,
    name,
    'platform-mismatch',
    'no linux/arm64 image in NAME: it has linux/amd64, linux/386, linux/riscv64',
  );
});

test('an index that calls an amd64 image arm64', async (context) => {
  const image = makeImage({platform: {os: 'linux', architecture: 'amd64'}});
  const index = makeIndex([{...image, platform: {os: 'linux', architecture: 'arm64'}}]);
  const name = context.registry.put('bad', '1', [image], index);
  await expectRefusal(context, name, 'platform-mismatch', 'no linux/arm64 image in NAME: it has linux/amd64');
});

test('an empty index', async (context) => {
  const name = context.registry.put('bad', '1', [], makeIndex([]));
  await expectRefusal(
    context,
    name,
    'platform-mismatch',
    'no linux/arm64 image in NAME: it has no image at all',
  );
});

test('an index that gives another size of the manifest', async (context) => {
  const image = makeImage();
  const index = makeIndex([image], {
    edit: (document) => void Object.assign(document.manifests[0] ?? {}, {size: 7}),
  });
  const name = context.registry.put('bad', '1', [image], index);
  await expectRefusal(
    context,
    name,
    'size-mismatch',
    `manifest ${image.manifest.digest} of NAME has ${image.manifest.bytes.length} bytes, but its index says 7`,
  );
});

test('indexes in indexes without end', async (context) => {
  const platform = {os: 'linux', architecture: 'arm64'};
  let document = makeIndex([makeImage()]);
  for (let depth = 0; depth < 6; depth++) {
    const inner = document;
    context.registry.putManifest('bad', inner.digest, inner);
    document = makeIndex([], {edit: (index) => void index.manifests.push({...describe(inner), platform})});
  }
  context.registry.putManifest('bad', '1', document);
  await expectRefusal(
    context,
    `${context.registry.address}/bad:1`,
    'manifest-invalid',
    'NAME is an index of indexes more than 4 deep',
  );
});

test('a manifest that the index calls an index', async (context) => {
  const image = makeImage();
  const index = makeIndex([image], {
    edit: (document) => void Object.assign(document.manifests[0] ?? {}, {mediaType: mediaTypes.ociIndex}),
  });
  const name = context.registry.put('bad', '1', [image], index);
  await expectRefusal(
    context,
    name,
    'manifest-invalid',
    `${image.manifest.digest} of NAME is ${oci}, but its index says ${mediaTypes.ociIndex}`,
  );
});

// Answers

test('a manifest whose content does not match its digest', async (context) => {
  const image = makeImage();
  const name = context.registry.put('bad', '1', image);
  const wrong = `sha256:${'0'.repeat(64)}`;
  context.registry.intercept = ({path}, {headers}) =>
    path.includes('/bad/manifests/') ? {headers: {...headers, 'docker-content-digest': wrong}} : undefined;
  await expectRefusal(
    context,
    name,
    'digest-mismatch',
    `the manifest of NAME has the digest ${image.manifest.digest}, not ${wrong}`,
  );
});

test('another manifest than the one asked for by digest', async (context) => {
  const other = makeImage({created: '2020-01-01T00:00:00Z'});
  const wanted = `sha256:${'1'.repeat(64)}` as const;
  context.registry.putManifest('bad', wanted, other.manifest);
  await expectRefusal(
    context,
    `${context.registry.address}/bad@${wanted}`,
    'digest-mismatch',
    `the manifest of NAME has the digest ${other.manifest.digest}, not ${wanted}`,
  );
});

test('a manifest without end', async (context) => {
  const name = context.registry.put('bad', '1', makeImage());
  context.registry.intercept = ({path}) =>
    path.includes('/bad/manifests/')
      ? {headers: {}, body: Buffer.alloc(4 * 1024 * 1024 + 1, ' ')}
      : undefined;
  await expectRefusal(context, name, 'manifest-invalid', 'the manifest of NAME is larger than 4194304 bytes');
});

test('a config with other content, and one with another size', async (context) => {
  const image = makeImage();
  const name = context.registry.put('bad', '1', image);
  const bent = Buffer.from(image.config.bytes);
  bent[2] = 0x58;
  context.registry.putBlob(image.config.digest, bent);
  const actual = documentOf(bent, '').digest;
  await expectRefusal(
    context,
    name,
    'digest-mismatch',
    `the config of NAME has the digest ${actual}, not ${image.config.digest}`,
  );
  context.registry.putBlob(image.config.digest, Buffer.concat([bent, bent]));
  const error = await engineErrorOf(() => context.host.pull(name));
  is(error.code, 'size-mismatch');
  is(
    error.message,
    `blob ${image.config.digest} of ${name} has ${bent.length * 2} bytes in registry ${context.registry.address}, but its manifest says ${bent.length}`,
  );
});

for (const [title, edit] of [
  [
    'a layer longer than its manifest says, stated',
    (bytes: Buffer) => ({body: Buffer.concat([bytes, bytes])}),
  ],
  ['a layer shorter than its manifest says', (bytes: Buffer) => ({body: bytes.subarray(1)})],
] as const) {
  test(title, async (context) => {
    const image = makeImage();
    const name = context.registry.put('bad', '1', image);
    const [layer] = image.layers;
    const blob = layer?.blob ?? Buffer.alloc(0);
    context.registry.putBlob(layer?.digest ?? '', edit(blob).body);
    await expectRefusal(
      context,
      name,
      'size-mismatch',
      `blob ${layer?.digest} of NAME has ${edit(blob).body.length} bytes in registry REGISTRY, but its manifest says ${blob.length}`,
    );
  });
}

test('a layer longer than its manifest says, in chunks without a length', async (context) => {
  const image = makeImage();
  const name = context.registry.put('bad', '1', image);
  const [layer] = image.layers;
  const blob = layer?.blob ?? Buffer.alloc(0);
  context.registry.intercept = ({path}) =>
    path.endsWith(layer?.digest ?? '')
      ? {chunked: true, body: Buffer.concat([blob, Buffer.alloc(100_000)])}
      : undefined;
  await expectRefusal(
    context,
    name,
    'size-mismatch',
    `blob ${layer?.digest} of NAME is longer than the ${blob.length} bytes that its manifest says`,
  );
});

test('a layer that is not what the config says', async (context) => {
  const image = makeImage({
    editConfig: (document) => ({...document, rootfs: {type: 'layers', diff_ids: [digest]}}),
  });
  await expectRefusal(context, context.registry.put('bad', '1', image), 'digest-mismatch', /sha256:(ab){6}/);
});

test('a good layer under a hostile one', async (context) => {
  const layers = [
    makeLayer([{name: 'fine', content: 'fine'}]),
    makeLayer([{name: '../../escape', content: 'x'}]),
  ];
  const name = context.registry.put('bad', '1', makeImage({layers}));
  await expectRefusal(context, name, 'layer-hostile', /escape/);
});

test('a layer that is no archive', async (context) => {
  const junk = Buffer.from('this is not a tar archive'.repeat(100));
  const layer = {...makeLayer([]), blob: junk, digest: documentOf(junk, '').digest};
  await expectRefusal(
    context,
    context.registry.put('bad', '1', makeImage({layers: [layer]})),
    'layer-invalid',
    /./,
  );
});

test('a web page where the manifest should be', async (context) => {
  const page = {
    headers: {'content-type': 'text/html; charset=utf-8'},
    body: '<!DOCTYPE html><title>Log in</title>',
  };
  for (const status of [200, 404]) {
    context.registry.intercept = ({path}) => (path.includes('/bad/') ? {...page, status} : undefined);
    await expectRefusal(
      context,
      `${context.registry.address}/bad:1`,
      'registry-failed',
      'REGISTRY answered with a web page instead of the manifest of NAME',
    );
  }
});

test('an image, a tag and a blob that are not there', async (context) => {
  await expectRefusal(
    context,
    `${context.registry.address}/none:1`,
    'manifest-not-found',
    'manifest for NAME not found: manifest unknown',
  );
  context.registry.intercept = ({path}) =>
    path.includes('/none/')
      ? registryError(404, 'NAME_UNKNOWN', 'repository name not known to registry')
      : undefined;
  const error = await engineErrorOf(() => context.host.pull(`${context.registry.address}/none:1`));
  is(error.code, 'manifest-not-found');
  is(
    error.message,
    `repository ${context.registry.address}/none not found: name unknown: repository name not known to registry`,
  );
  context.registry.intercept = () => undefined;
  const image = makeImage({created: '2021-01-01T00:00:00Z', layers: [makeLayer([{name: 'lost'}])]});
  const name = context.registry.put('lost', '1', image);
  context.registry.removeBlob(image.layers[0]?.digest ?? '');
  const lost = await engineErrorOf(() => context.host.pull(name));
  is(lost.code, 'registry-failed');
  is(
    lost.message,
    `registry ${context.registry.address} lacks a blob of ${name}: blob unknown: blob unknown to registry`,
  );
});

test('a registry that is down, busy or limits is asked again and then named', async (context) => {
  for (const [answer, message] of [
    [{status: 500, body: 'oops'}, 'registry REGISTRY answered 500 to the manifest of NAME'],
    [
      {status: 503, headers: {'content-type': 'text/html'}, body: '<html>'},
      'registry REGISTRY answered 503 with a web page to the manifest of NAME',
    ],
    [
      registryError(429, 'TOOMANYREQUESTS', 'You have reached your pull rate limit.'),
      'registry REGISTRY limits how often it may be asked: toomanyrequests: You have reached your pull rate limit.',
    ],
    [{reset: true}, 'cannot reach registry REGISTRY: it broke the connection'],
  ] as const) {
    context.registry.requests.length = 0;
    context.registry.intercept = ({path}) => (path.includes('/bad/') ? answer : undefined);
    const name = `${context.registry.address}/bad:1`;
    const error = await engineErrorOf(() => context.host.pull(name));
    is(error.message, message.replace('REGISTRY', context.registry.address).replace('NAME', name));
    is(context.registry.asked('/bad/').length, 4, 'one try and three more');
  }
});

test('a registry that asks for a long rest is not waited for', async (context) => {
  context.registry.intercept = ({path}) =>
    path.includes('/bad/') ? {status: 429, headers: {'retry-after': '3600'}, body: ''} : undefined;
  const error = await engineErrorOf(() => context.host.pull(`${context.registry.address}/bad:1`));
  is(error.code, 'registry-failed');
  is(error.message, `registry ${context.registry.address} limits how often it may be asked (429)`);
  is(error.hint, 'it asks to be left alone for 3600 seconds');
  is(context.registry.asked('/bad/').length, 1);
});

test.run();
