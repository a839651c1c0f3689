import {suite} from 'uvu';
import {equal, is} from 'uvu/assert';
import {endpointsOf, isInsecureHost} from '../../../src/images/registry/registry-endpoint.ts';
import {mayUse} from '../../../src/images/registry/registry-redirect.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const test = suite('registry-endpoint');
const none = {insecureRegistries: [], mirrors: []};

test('Docker Hub is reached at its own address, after its mirrors', () => {
  equal(endpointsOf('docker.io', none), [
    {name: 'docker.io', baseUrls: ['https://registry-1.docker.io'], isInsecure: false},
  ]);
  const mirrors = ['https://mirror.example/', 'http://10.0.0.1:5000/hub/', 'mirror.local'];
  equal(
    endpointsOf('docker.io', {...none, mirrors}).map(({name, baseUrls, isInsecure}) => [
      name,
      ...baseUrls,
      isInsecure,
    ]),
    [
      ['mirror.example', 'https://mirror.example', false],
      ['10.0.0.1:5000', 'http://10.0.0.1:5000/hub', true],
      ['mirror.local', 'https://mirror.local', false],
      ['docker.io', 'https://registry-1.docker.io', false],
    ],
  );
});

test('mirrors are for Docker Hub alone', () => {
  equal(endpointsOf('ghcr.io', {...none, mirrors: ['https://mirror.example']}), [
    {name: 'ghcr.io', baseUrls: ['https://ghcr.io'], isInsecure: false},
  ]);
});

test('loopback may go without TLS, and what the configuration lists', () => {
  for (const registry of ['localhost', 'localhost:5000', '127.0.0.1:5000', '127.9.9.9', '[::1]:5000']) {
    equal(endpointsOf(registry, none)[0]?.baseUrls, [`http://${registry}`, `https://${registry}`]);
  }
  for (const [registry, entry] of [
    ['reg.lan:5000', 'reg.lan:5000'],
    ['reg.lan:5000', 'reg.lan'],
    ['10.1.2.3:5000', '10.0.0.0/8'],
    ['[fd00::5]:5000', 'fd00::/8'],
  ] as const) {
    equal(endpointsOf(registry, {...none, insecureRegistries: [entry]})[0], {
      name: registry,
      baseUrls: [`https://${registry}`, `http://${registry}`],
      isInsecure: true,
    });
  }
});

for (const host of [
  'reg.lan',
  '128.0.0.1',
  'localhost.example.com',
  '127.0.0.1.example.com',
  '[::2]',
  '0.0.0.0',
  '1270.0.0.1',
]) {
  test(`${host} needs TLS`, () =>
    is(isInsecureHost(host, ['other.lan', '10.0.0.0/8', 'x/y/z', '10.0.0.0/999']), false));
}

test('a mirror that is no web address is an error in the configuration', async () => {
  for (const mirror of ['ftp://x', 'http://', 'file:///x']) {
    const error = await engineErrorOf(() => endpointsOf('docker.io', {...none, mirrors: [mirror]}));
    is(error.code, 'invalid-config');
    is(error.message, `registry mirror '${mirror}' is not an http or https URL`);
  }
});

test('plain HTTP is for insecure registries, and from there to insecure registries', () => {
  const [secure] = endpointsOf('ghcr.io', none);
  const [insecure] = endpointsOf('localhost:5000', none);
  if (!secure || !insecure) throw new Error('one each');
  const may = (url: string, endpoint: typeof secure) => mayUse(new URL(url), endpoint, []);
  is(may('https://elsewhere/', secure), true);
  is(may('http://elsewhere/', secure), false);
  is(may('http://localhost/', secure), false, 'a public registry must not reach into this machine');
  is(may('http://localhost:1/', insecure), true);
  is(may('http://elsewhere/', insecure), false);
  is(may('ftp://localhost/', insecure), false);
});

test.run();
