// /etc/docker/certs.d: authorities and client certificates of one registry, as Docker reads them.
import {copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import https from 'node:https';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {suite} from 'uvu';
import {equal, is, match} from 'uvu/assert';
import {mount, umount} from '../../../src/system/libc.ts';
import {TestAuthority} from '../../support/certificates.ts';
import {engineErrorOf} from '../../support/engine-error.ts';
import {makeImage} from '../../support/image.ts';
import {PullHost} from '../../support/pull-host.ts';
// Refuses to run outside a test host, whose mounts are its own.
import '../../support/test-host.ts';

const test = suite('registry-certificates');
const image = makeImage();
const authority = new TestAuthority();
const serverPair = authority.issue('server');
const client = authority.issue('client');
let server: https.Server;
let address: string;
let folder: string;
let names: (string | undefined)[] = [];

test.before(async () => {
  mkdirSync('/etc/docker', {recursive: true});
  mount('none', '/etc/docker', 'tmpfs', 0n, 'size=1m');
  const documents = new Map<string, Buffer>([
    ['/v2/app/manifests/1', image.manifest.bytes],
    [`/v2/app/blobs/${image.config.digest}`, image.config.bytes],
    ...image.layers.map(({digest, blob}): [string, Buffer] => [`/v2/app/blobs/${digest}`, blob]),
  ]);
  server = https.createServer(
    {
      key: readFileSync(serverPair.keyPath),
      cert: readFileSync(serverPair.certificatePath),
      ca: readFileSync(authority.certificatePath),
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      const socket = request.socket as unknown as {getPeerCertificate(): {subject?: {CN?: string}}};
      names.push(socket.getPeerCertificate().subject?.CN);
      const body = documents.get(request.url ?? '');
      response
        .writeHead(body || request.url === '/v2/' ? 200 : 404, {'content-type': image.manifest.mediaType})
        .end(body);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = `/etc/docker/certs.d/${address}`;
});

test.after(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  umount('/etc/docker');
});

test.before.each(() => {
  names = [];
  rmSync('/etc/docker/certs.d', {recursive: true, force: true});
});

function put(files: Record<string, string>): void {
  mkdirSync(folder, {recursive: true});
  for (const [name, path] of Object.entries(files)) copyFileSync(path, join(folder, name));
}

const pull = async () => {
  using host = new PullHost();
  return (await host.pull(`${address}/app:1`)).image.id;
};

test('an authority of its own vouches for the registry, and a client certificate is shown to it', async () => {
  put({
    'ca.crt': authority.certificatePath,
    'client.cert': client.certificatePath,
    'client.key': client.keyPath,
  });
  is(await pull(), image.config.digest);
  equal([...new Set(names)], ['client']);
});

test('the authority alone', async () => {
  put({'ca.crt': authority.certificatePath, 'readme.txt': authority.certificatePath});
  is(await pull(), image.config.digest);
  equal([...new Set(names)], [undefined]);
});

test('another authority does not vouch for it, on loopback either', async () => {
  put({'ca.crt': new TestAuthority().certificatePath});
  const error = await engineErrorOf(pull);
  is(error.code, 'registry-unreachable');
  is(error.message, `cannot reach registry ${address}: its certificate is signed by an unknown authority`);
  match(error.hint ?? '', /^put its CA into \/etc\/docker\/certs\.d\/HOST\[:PORT\]\/ca\.crt/);
});

const halves: [files: () => Record<string, string>, message: string][] = [
  [
    () => ({'client.cert': client.certificatePath}),
    'missing key client.key for client certificate client.cert. CA certificates must use the extension .crt',
  ],
  [() => ({'client.key': client.keyPath}), 'missing client certificate client.cert for key client.key'],
];

for (const [files, message] of halves) {
  test(message, async () => {
    put(files());
    const error = await engineErrorOf(pull);
    is(error.code, 'invalid-config');
    is(error.message, `certificates in ${folder}: ${message}`);
    equal(names, []);
  });
}

test('what is no certificate is named', async () => {
  mkdirSync(folder, {recursive: true});
  writeFileSync(join(folder, 'ca.crt'), '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n');
  const error = await engineErrorOf(pull);
  is(error.code, 'invalid-config');
  match(error.message, new RegExp(`^certificates in ${folder}: `));
});

test.run();
