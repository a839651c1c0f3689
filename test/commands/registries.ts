// What is asked of registries beside single images: pull -a, manifest inspect, search.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import https from 'node:https';
import type {AddressInfo} from 'node:net';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {mount, umount} from '../../src/system/libc.ts';
import {TestAuthority} from '../support/certificates.ts';
import {FakeRegistry} from '../support/fake-registry.ts';
import {startForwardProxy} from '../support/forward-proxy.ts';
import {makeImage, makeIndex} from '../support/image.ts';
import {makeLayer} from '../support/layer.ts';
import {type Registry, startRegistry} from '../support/registry-server.ts';
import {crundle, crundleOk} from '../support/test-host.ts';

const test = suite('registries');
let registry: Registry;
let fake: FakeRegistry;
const image = makeImage();
const other = makeImage({layers: [makeLayer([{name: 'other', content: 'other'}])]});
const foreign = makeImage({platform: {os: 'linux', architecture: 'riscv64'}});

test.before(async () => {
  registry = await startRegistry();
  fake = await FakeRegistry.start();
});
test.after(async () => {
  await registry.stop();
  await fake[Symbol.asyncDispose]();
});
test.before.each(() => {
  fake.intercept = () => undefined;
  fake.requests.length = 0;
});

/** The tags of `app`, two a page. */
function inPages(tags: readonly string[]): void {
  fake.intercept = ({path, query}) => {
    if (path !== '/v2/app/tags/list') return undefined;
    const from = tags.indexOf(query.get('last') ?? '') + 1;
    const page = tags.slice(from, from + 2);
    const next = `<http://inside.example/v2/app/tags/list?last=${page.at(-1)}&n=2>; rel="next"`;
    const headers = from + 2 < tags.length ? {link: next} : undefined;
    return {status: 200, headers: headers ?? {}, body: JSON.stringify({name: 'app', tags: page})};
  };
}

test('pull -a takes every tag, page by page, and passes over what is no image for this platform', async () => {
  for (const [tag, one] of Object.entries({'1': image, '2': image, '3': other, riscv: foreign}))
    fake.put('app', tag, one);
  inPages(['1', '2', 'riscv', '3']);
  const name = `${fake.address}/app`;
  const lines = (await crundleOk(['pull', '-a', name])).split('\n');
  const said = lines.filter((line) => !/^[0-9a-f]{12}: /.test(line));
  assert.equal(said, [
    '1: Pulling from app',
    `Digest: ${image.manifest.digest}`,
    '2: Pulling from app',
    `Digest: ${image.manifest.digest}`,
    'riscv: Pulling from app',
    `riscv: Skipped: no linux/arm64 image in ${name}:riscv: it has linux/riscv64`,
    '3: Pulling from app',
    `Digest: ${other.manifest.digest}`,
    `Status: Downloaded newer image for ${name}`,
    name,
  ]);
  assert.is(fake.asked('/tags/list').length, 2);
  assert.equal((await crundleOk(['images', '--format', '{{.Tag}}', name])).split('\n').sort(), [
    '1',
    '2',
    '3',
  ]);
  assert.match(
    await crundleOk(['pull', '-a', name]),
    new RegExp(`^Status: Image is up to date for ${name}$`, 'm'),
  );
  assert.is(await crundleOk(['image', 'pull', '-aq', '--disable-content-trust', name]), name);
});

test('pull -a says what it cannot', async () => {
  const name = `${fake.address}/app`;
  for (const [tags, message] of [
    [['riscv'], `no linux/arm64 image in ${name}:riscv: it has linux/riscv64`],
    [[], `repository ${name} has no tags`],
    [['../../evil'], `invalid reference format: '${name}:../../evil'`],
  ] as const) {
    inPages(tags);
    const {stderr, status} = await crundle(['pull', '-aq', name]);
    assert.is(stderr.split('\n')[0], `Error: ${message}`);
    assert.is(status, 1);
  }
  const tagged = await crundle(['pull', '-a', `${name}:1`]);
  assert.match(tagged.stderr, /^Error: tag can't be used with --all-tags\/-a\n/);
  const signed = await crundle(['pull', '--disable-content-trust=false', name]);
  assert.is(signed.status, 1);
  assert.match(signed.stderr, /^Error: cannot verify signatures: content trust is not supported/);
  const absent = await crundle(['pull', '-a', `${registry.address}/absent`]);
  assert.match(absent.stderr, /^Error: repository \S+\/absent not found: name unknown/);
});

test('a list of pages that leads back to itself ends', async () => {
  fake.intercept = ({path}) =>
    path === '/v2/app/tags/list'
      ? {status: 200, body: JSON.stringify({tags: ['1']}), headers: {link: '</v2/app/tags/list>; rel=next'}}
      : undefined;
  assert.is(await crundleOk(['pull', '-aq', `${fake.address}/app`]), `${fake.address}/app`);
  assert.is(fake.asked('/tags/list').length, 1);
});

test('a page that breaks off is asked for again; one that is too large, and pages without end, are named', async () => {
  const name = `${fake.address}/app`;
  const whole = {status: 200, body: JSON.stringify({tags: ['1'], repositories: ['app']})};
  fake.intercept = ({path, repeat}) => {
    if (!/\/tags\/list$|_catalog$/.test(path)) return undefined;
    return repeat === 0 ? {...whole, dropAfter: 5} : whole;
  };
  assert.is(await crundleOk(['pull', '-aq', name]), name);
  assert.is(await crundleOk(['search', '--format', '{{.Name}}', name]), name);
  assert.equal([fake.asked('/tags/list').length, fake.asked('_catalog').length], [2, 2]);
  const large = {status: 200, body: Buffer.alloc(8 * 1024 * 1024 + 1, ' ')};
  fake.intercept = ({path}) => (/\/tags\/list$|_catalog$/.test(path) ? large : undefined);
  const [tags, catalogue] = await Promise.all([crundle(['pull', '-aq', name]), crundle(['search', name])]);
  assert.is(tags.stderr, `Error: a page of the tags of ${name} is larger than 8388608 bytes\n`);
  assert.is(
    catalogue.stderr,
    `Error: a page of the catalogue of ${fake.address} is larger than 8388608 bytes\n`,
  );
  fake.intercept = ({path, repeat}) =>
    /_catalog$/.test(path)
      ? {...whole, headers: {link: `</v2/_catalog?n=1000&last=${repeat}>; rel="next"`}}
      : undefined;
  const {stderr} = await crundle(['search', `${fake.address}/absent`]);
  assert.is(stderr, `Error: the catalogue of ${fake.address} has more than 1000 pages\n`);
});

test('manifest inspect shows platforms, manifests and what is no image', async () => {
  fake.put('multi', '1', [image, foreign], makeIndex([image, foreign]));
  const name = `${fake.address}/multi:1`;
  const index = JSON.parse(await crundleOk(['manifest', 'inspect', name]));
  assert.equal(
    index.manifests.map(({platform}: {platform: {architecture: string}}) => platform.architecture),
    ['arm64', 'riscv64'],
  );
  const details = JSON.parse(await crundleOk(['manifest', 'inspect', '-v', name]));
  assert.is(details[1].Ref, `${name}@${foreign.manifest.digest}`);
  assert.is(Buffer.from(details[1].Raw, 'base64').toString(), foreign.manifest.bytes.toString());
  const one = `${fake.address}/app:1`;
  assert.is(
    await crundleOk(['manifest', 'inspect', one]),
    JSON.stringify(JSON.parse(image.manifest.bytes.toString()), undefined, '\t'),
  );
  const {Descriptor: descriptor} = JSON.parse(await crundleOk(['manifest', 'inspect', '-v', one]));
  assert.equal(descriptor.platform, {architecture: 'arm64', os: 'linux'});
  fake.intercept = ({path}) =>
    path.endsWith(image.config.digest) ? {body: Buffer.alloc(image.config.bytes.length, ' ')} : undefined;
  const damaged = await crundle(['manifest', 'inspect', '-v', one]);
  assert.match(
    damaged.stderr,
    new RegExp(`^Error: the config of ${one} has the digest sha256:\\w+, not ${image.config.digest}\n`),
  );
  const chart = {
    schemaVersion: 2,
    config: {mediaType: 'application/vnd.cncf.helm.config.v1+json', digest: image.config.digest, size: 2},
    layers: [],
  };
  fake.intercept = ({path}) =>
    path === '/v2/chart/manifests/1' ? {status: 200, headers: {}, body: JSON.stringify(chart)} : undefined;
  assert.equal(JSON.parse(await crundleOk(['manifest', 'inspect', `${fake.address}/chart:1`])), chart);
  const absent = await crundle(['manifest', 'inspect', `${registry.address}/busybox:absent`]);
  assert.is(absent.stderr, `Error: no such manifest: ${registry.address}/busybox:absent\n`);
  assert.is(absent.status, 1);
});

test('search looks through the catalogue of a registry', async () => {
  assert.is(
    await crundleOk(['search', `${registry.address}/busy`]),
    `NAME${' '.repeat(`${registry.address}/busybox`.length - 1)}DESCRIPTION   STARS     OFFICIAL\n${registry.address}/busybox${' '.repeat(17)}0         `,
  );
  assert.is(await crundleOk(['search', '--format', '{{.Name}}', `${registry.address}/nothing`]), '');
  fake.intercept = ({path}) => (path === '/v2/_catalog' ? {status: 404, body: ''} : undefined);
  const {stderr, status} = await crundle(['search', `${fake.address}/app`]);
  assert.is(
    stderr,
    `Error: registry ${fake.address} has no catalogue to search\nHint: its web page may have one\n`,
  );
  assert.is(status, 1);
});

test('search says what a registry wants to know', async () => {
  await using closed = await FakeRegistry.start({auth: {kind: 'basic', user: 'ann', password: 'secret'}});
  const {stderr, status} = await crundle(['search', `${closed.address}/app`]);
  assert.equal(stderr.split('\n'), [
    `Error: registry ${closed.address} lets only known users search: unauthorized: authentication required`,
    `Hint: log in: 'crundle login ${closed.address}'`,
    '',
  ]);
  assert.is(status, 1);
});

// Docker Hub, by a proxy that leads to a server of this test with a certificate for its name.
test("search asks Docker Hub's own search", async () => {
  const authority = new TestAuthority();
  const pair = authority.issue('hub');
  const asked: string[] = [];
  const results = [
    {
      name: 'ann/nginx',
      description: `a web server\nof ${'my '.repeat(30)}own`,
      star_count: 3,
      is_official: false,
      is_automated: true,
    },
    {
      name: 'nginx',
      description: 'Official build of Nginx.',
      star_count: 20_000,
      is_official: true,
      is_automated: false,
    },
  ];
  const hub = https.createServer(
    {key: readFileSync(pair.keyPath), cert: readFileSync(pair.certificatePath)},
    (request, response) => {
      asked.push(`${request.headers.host} ${request.url}`);
      response.end(JSON.stringify({num_results: 2, query: 'nginx', results}));
    },
  );
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
  mkdirSync('/etc/docker', {recursive: true});
  mount('none', '/etc/docker', 'tmpfs', 0n, 'size=1m');
  try {
    mkdirSync('/etc/docker/certs.d/index.docker.io', {recursive: true});
    writeFileSync('/etc/docker/certs.d/index.docker.io/ca.crt', readFileSync(authority.certificatePath));
    await using proxy = await startForwardProxy(`127.0.0.1:${(hub.address() as AddressInfo).port}`);
    const env = {HTTPS_PROXY: proxy.url, https_proxy: '', NO_PROXY: '', no_proxy: ''};
    assert.equal((await crundleOk(['search', 'nginx'], {env})).split('\n'), [
      'NAME        DESCRIPTION                                     STARS     OFFICIAL',
      'nginx       Official build of Nginx.                        20000     [OK]',
      'ann/nginx   a web server of my my my my my my my my my m…   3         ',
    ]);
    assert.is(
      await crundleOk(
        ['search', '-f', 'stars=5', '--format', '{{.Name}} {{.StarCount}}', 'docker.io/library/nginx'],
        {env},
      ),
      'nginx 20000',
    );
    assert.match(await crundleOk(['search', '--no-trunc', '--limit', '5', 'nginx'], {env}), /my my own/);
    assert.is(
      await crundleOk(['search', '--format', 'json', '-f', 'is-official=false', 'nginx'], {env}),
      JSON.stringify({
        Description: results[0]?.description.replace('\n', ' '),
        IsAutomated: '[OK]',
        IsOfficial: '',
        Name: 'ann/nginx',
        StarCount: '3',
      }).replace(/(?<="Description":")[^"]*/, 'a web server of my my my my my my my my my m…'),
    );
    assert.equal(
      asked.map((line) => line.replace(/^\S+ /, '')),
      [
        '/v1/search?q=nginx&n=25',
        '/v1/search?q=nginx&n=25',
        '/v1/search?q=nginx&n=5',
        '/v1/search?q=nginx&n=25',
      ],
    );
    assert.is(proxy.asked[0], 'CONNECT index.docker.io:443');
  } finally {
    umount('/etc/docker');
    hub.closeAllConnections();
    await new Promise((resolve) => hub.close(resolve));
  }
});

const refusals: [args: string[], message: string][] = [
  [['search', '--limit', '101', 'x'], 'limit 101 is outside the range of [1, 100]'],
  [['search', '--limit', '-1', 'x'], 'limit -1 is outside the range of [1, 100]'],
  [['search', '-f', 'foo=bar', 'x'], "invalid filter 'foo'"],
  [['search', '-f', 'stars=many', 'x'], "invalid filter 'stars=many'"],
  [['search', '-f', 'is-official=maybe', 'x'], "invalid filter 'is-official=maybe'"],
  [
    ['search', 'https://x.example/y'],
    'invalid repository name: repository name (https://x.example/y) is a URL or has no host',
  ],
  [['manifest', 'inspect', 'X'], 'invalid reference format: repository name (library/X) must be lowercase'],
];

for (const [args, message] of refusals) {
  test(`refused: ${args.join(' ')}`, async () => {
    const {stderr, status} = await crundle(args);
    assert.is(stderr.split('\n')[0], `Error: ${message}`);
    assert.is(status, 1);
  });
}

test.run();
