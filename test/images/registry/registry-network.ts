// Registries that cannot be reached, TLS, plain HTTP, mirrors and proxies.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import https from 'node:https';
import net, {type AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import {equal, is, match} from 'uvu/assert';
import type {EngineError} from '../../../src/errors.ts';
import {HttpClient} from '../../../src/images/registry/http-client.ts';
import {networkError} from '../../../src/images/registry/network-failure.ts';
import {defaultTiming} from '../../../src/images/registry/registry-endpoint.ts';
import {engineErrorOf} from '../../support/engine-error.ts';
import {FakeRegistry} from '../../support/fake-registry.ts';
import {makeImage, type TestImage} from '../../support/image.ts';
import {PullHost} from '../../support/pull-host.ts';

const test = suite<{host: PullHost}>('registry-network');

test.before.each((context) => {
  context.host = new PullHost();
});
test.after.each((context) => context.host[Symbol.dispose]());

const unreachable = (registry: string, why: string) => `cannot reach registry ${registry}: ${why}`;

test('a port where nobody listens', async ({host}) => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const {port} = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const error = await engineErrorOf(() => host.pull(`127.0.0.1:${port}/a`));
  is(error.code, 'registry-unreachable');
  is(error.message, unreachable(`127.0.0.1:${port}`, 'it refuses the connection'));
  is(error.hint, 'is it running, and is the port right?');
});

test('a name that does not resolve', async ({host}) => {
  const error = await engineErrorOf(() => host.pull('no-such-registry.invalid/a', {timing: {maxRetries: 0}}));
  is(error.code, 'registry-unreachable');
  match(
    error.message,
    /^cannot reach registry no-such-registry\.invalid: (its name does not resolve|the DNS server does not answer)$/,
  );
});

test('something that listens and says nothing', async ({host}) => {
  const server = net.createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const error = await engineErrorOf(() =>
    host.pull(`${address}/a`, {timing: {answerTimeoutMs: 100, maxRetries: 1, retryDelayMs: 1}}),
  );
  is(error.code, 'registry-unreachable');
  is(error.message, unreachable(address, 'it did not answer in time'));
  server.close();
});

test('something that does not speak HTTP', async ({host}) => {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('SSH-2.0-OpenSSH_9.2\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const error = await engineErrorOf(() => host.pull(`${address}/a`));
  is(error.code, 'registry-unreachable');
  is(error.message, unreachable(address, 'it does not speak HTTP'));
  server.close();
});

for (const [code, words] of [
  [
    'CERT_NOT_YET_VALID',
    /^cannot reach registry ghcr\.io: its certificate is not valid yet by this machine's clock \(\d{4}-\d\d-\d\dT\d\d:\d\dZ\)$/,
  ],
  [
    'CERT_HAS_EXPIRED',
    /^cannot reach registry ghcr\.io: its certificate has expired by this machine's clock \(.*\)$/,
  ],
  ['SELF_SIGNED_CERT_IN_CHAIN', /: its certificate is signed by an unknown authority$/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /: its certificate is for another host name$/],
  ['EPROTO', /: it does not speak TLS$/],
  ['ENETUNREACH', /: there is no route to it$/],
  ['SOMETHING_NEW', /: the connection failed \(SOMETHING_NEW\)$/],
] as const) {
  test(`${code} in words`, () => {
    const cause = Object.assign(new Error('x'), {code});
    const wrapped = Object.assign(new Error('y', {cause}), {code: 'ERR_GOT_REQUEST_ERROR'});
    const error: EngineError = networkError(wrapped, 'ghcr.io');
    is(error.code, 'registry-unreachable');
    match(error.message, words);
  });
}

// TLS

interface TlsRegistry extends AsyncDisposable {
  address: string;
  caPath: string;
  requests: string[];
}

async function startTls(
  image: TestImage,
  options: {days?: string; name?: string} = {},
): Promise<TlsRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const subject = [
    '-subj',
    '/CN=test',
    '-addext',
    `subjectAltName=${options.name ?? 'IP:127.0.0.1,DNS:localhost'}`,
  ];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  execFileSync(
    'openssl',
    ['req', '-x509', ...curve, '-days', options.days ?? '2', ...subject, '-keyout', key, '-out', cert],
    {stdio: 'ignore'},
  );
  const requests: string[] = [];
  const documents = new Map<string, Buffer>([
    ['/v2/app/manifests/1', image.manifest.bytes],
    [`/v2/app/blobs/${image.config.digest}`, image.config.bytes],
    ...image.layers.map(({digest, blob}): [string, Buffer] => [`/v2/app/blobs/${digest}`, blob]),
  ]);
  const server = https.createServer(
    {key: readFileSync(key), cert: readFileSync(cert)},
    (request, response) => {
      requests.push(request.url ?? '');
      const body = documents.get(request.url ?? '');
      response
        .writeHead(body || request.url === '/v2/' ? 200 : 404, {'content-type': image.manifest.mediaType})
        .end(body);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    caPath: cert,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, {recursive: true});
    },
  };
}

async function withEnv(variables: Record<string, string>, call: () => Promise<void>): Promise<void> {
  const before = {...process.env};
  Object.assign(process.env, variables);
  try {
    await call();
  } finally {
    process.env = before;
  }
}

test('a registry on loopback with a certificate of its own is pulled from', async ({host}) => {
  const image = makeImage();
  await using registry = await startTls(image);
  is((await host.pull(`${registry.address}/app:1`)).image.id, image.config.digest);
});

test("a certificate is checked against the system's authorities", async () => {
  await using registry = await startTls(makeImage());
  const url = new URL(`https://${registry.address}/v2/`);
  const client = new HttpClient(defaultTiming);
  const refused = networkError(await client.send(url).catch((error: unknown) => error), 'reg.example');
  is(refused.message, unreachable('reg.example', 'its certificate is signed by an unknown authority'));
  client.close();
  await withEnv({SSL_CERT_FILE: registry.caPath}, async () => {
    const response = await client.send(url);
    is(response.status, 200);
    response.close();
    const other = await client
      .send(new URL(`https://127.0.0.2:${url.port}/`))
      .catch((error: unknown) => error);
    match(networkError(other, 'reg.example').message, /refuses the connection|another host name/);
  });
  client.close();
});

test('authorities that cannot be read are named', async () => {
  await withEnv({SSL_CERT_FILE: '/proc/self/mem'}, async () => {
    const error = await engineErrorOf(() =>
      new HttpClient(defaultTiming).send(new URL('https://127.0.0.1:1/')),
    );
    is(error.code, 'registry-unreachable');
    is(error.message, 'cannot read the certificate authorities in /proc/self/mem');
  });
});

// Mirrors

test('a mirror is asked first, for the tag and the layers', async ({host}) => {
  const image = makeImage();
  await using mirror = await FakeRegistry.start();
  mirror.put('library/app', '1', image);
  const result = await host.pull('app:1', {mirrors: [`http://${mirror.address}`]});
  equal(result.image.references, ['docker.io/library/app:1']);
  is(mirror.asked('/blobs/').length, 2);
});

test('a mirror that lacks the image or is down is passed over', async ({host}) => {
  const image = makeImage();
  await using empty = await FakeRegistry.start();
  await using broken = await FakeRegistry.start();
  await using mirror = await FakeRegistry.start();
  broken.intercept = () => ({status: 500, body: ''});
  mirror.put('library/app', '1', image);
  const mirrors = [
    'http://127.0.0.1:1',
    `http://${broken.address}`,
    `http://${empty.address}`,
    `http://${mirror.address}`,
  ];
  is((await host.pull('app:1', {mirrors})).image.id, image.config.digest);
});

test('a proxy carries what goes outside, never what goes to loopback', async ({host}) => {
  const image = makeImage();
  await using registry = await FakeRegistry.start();
  const asked: string[] = [];
  const proxy = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      asked.push(data.toString().split('\r\n')[0] ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  await withEnv({HTTPS_PROXY: url, HTTP_PROXY: url, https_proxy: url, http_proxy: url}, async () => {
    await host.pull(registry.put('app', '1', image));
    equal(asked, []);
    const error = await engineErrorOf(() => host.pull('registry.invalid/app:1'));
    is(error.code, 'registry-unreachable');
    match(
      error.message,
      /^cannot reach registry registry\.invalid through the proxy 127\.0\.0\.1:\d+: the proxy does not pass the request on$/,
    );
    is(asked[0], 'CONNECT registry.invalid:443 HTTP/1.1');
  });
  proxy.close();
});

test.run();
