// HTTP_PROXY, HTTPS_PROXY and NO_PROXY: which requests go through them, and that they do.
import {suite} from 'uvu';
import {equal, is, ok} from 'uvu/assert';
import {proxyFor} from '../../../src/images/registry/proxy.ts';
import {engineErrorOf} from '../../support/engine-error.ts';
import {FakeRegistry} from '../../support/fake-registry.ts';
import {startForwardProxy} from '../../support/forward-proxy.ts';
import {makeImage} from '../../support/image.ts';
import {PullHost} from '../../support/pull-host.ts';

const test = suite('proxy');
const both = {HTTP_PROXY: 'http://plain.example:1', HTTPS_PROXY: 'http://tls.example:2'};
const chosen = (url: string, env: Record<string, string>) => proxyFor(new URL(url), env)?.host;

test('the scheme of the request decides which, and the case of the variable does not', () => {
  is(chosen('https://reg.example/', both), 'tls.example:2');
  is(chosen('http://reg.example/', both), 'plain.example:1');
  is(chosen('https://reg.example/', {https_proxy: 'http://lower.example:3'}), 'lower.example:3');
  is(chosen('https://reg.example/', {...both, https_proxy: 'http://lower.example:3'}), 'tls.example:2');
  is(chosen('https://reg.example/', {HTTP_PROXY: 'http://plain.example:1'}), undefined);
  is(chosen('https://reg.example/', {HTTPS_PROXY: 'bare.example:3128'}), 'bare.example:3128');
  is(chosen('https://reg.example/', {HTTPS_PROXY: ''}), undefined);
});

test('what is no HTTP proxy is refused, and nothing of it shown', async () => {
  for (const [proxy, why] of [
    ['socks5://ann:s3cret@h:1080', "names a proxy of the scheme 'socks5', which is not supported"],
    ['http://ann:s3cret@h:port', 'is not the address of a proxy'],
    ['ann:s3cret://h', 'is not the address of a proxy'],
  ] as const) {
    const env = {HTTPS_PROXY: proxy, NO_PROXY: 'inside.example'};
    const error = await engineErrorOf(async () => chosen('https://reg.example/', env));
    equal([error.code, error.message], ['invalid-config', `HTTPS_PROXY ${why}`]);
    is(chosen('https://inside.example/', env), undefined);
    is(chosen('https://localhost/', env), undefined);
  }
});

test('loopback is never asked through one', () => {
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3:5000', '[::1]:5000'])
    is(chosen(`https://${host}/`, both), undefined);
});

const exceptions: [noProxy: string, excepted: string[], not: string[]][] = [
  ['*', ['reg.example', '10.0.0.1'], []],
  ['reg.example', ['reg.example', 'a.reg.example', 'REG.example:5000'], ['xreg.example', 'example']],
  ['.reg.example', ['a.reg.example', 'b.a.reg.example'], ['reg.example']],
  ['*.reg.example', ['a.reg.example'], ['reg.example']],
  ['reg.example:5000', ['reg.example:5000'], ['reg.example', 'reg.example:5001']],
  ['reg.example:443', ['reg.example'], ['reg.example:5000']],
  ['10.0.0.0/8', ['10.255.0.1', '10.0.0.1:5000'], ['11.0.0.1', 'ten.example']],
  ['fd00::/8', ['[fd12::1]:5000'], ['[fe80::1]', '10.0.0.1']],
  ['192.0.2.7', ['192.0.2.7', '192.0.2.7:5000'], ['192.0.2.77']],
  ['192.0.2.7:5000', ['192.0.2.7:5000'], ['192.0.2.7']],
  ['2001:db8::1', ['[2001:db8::1]:5000'], ['[2001:db8::2]']],
  ['[2001:db8::1]:5000', ['[2001:db8::1]:5000'], ['[2001:db8::1]']],
  [' a.example , ,b.example,', ['a.example', 'b.example'], ['c.example']],
  ['10.0.0.0/99,10.0.0.0/x,/8', [], ['10.0.0.1']],
];

for (const [noProxy, excepted, not] of exceptions) {
  test(`NO_PROXY=${noProxy}`, () => {
    for (const NO_PROXY of [noProxy, noProxy.toUpperCase()]) {
      for (const host of excepted) is(chosen(`https://${host}/`, {...both, NO_PROXY}), undefined, host);
      for (const host of not)
        is(chosen(`https://${host}/`, {...both, no_proxy: NO_PROXY}), 'tls.example:2', host);
    }
  });
}

async function withEnv(variables: Record<string, string>, call: () => Promise<void>): Promise<void> {
  const before = {...process.env};
  for (const name of Object.keys(process.env)) if (/_proxy$/i.test(name)) delete process.env[name];
  Object.assign(process.env, variables);
  try {
    await call();
  } finally {
    process.env = before;
  }
}

test('a pull goes through it, with its user and password', async () => {
  await using registry = await FakeRegistry.start();
  await using proxy = await startForwardProxy(registry.address, 'ann:s3cret');
  using host = new PullHost();
  const image = makeImage();
  registry.put('app', '1', image);
  const pull = () =>
    host.pull('registry.example:5000/app:1', {
      insecureRegistries: ['registry.example:5000'],
      timing: {maxRetries: 0},
    });
  await withEnv({HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url}, async () => {
    is((await pull()).image.id, image.config.digest);
  });
  is(proxy.asked[0], 'CONNECT registry.example:5000', 'TLS is tried first');
  ok(proxy.asked.includes('GET http://registry.example:5000/v2/app/manifests/1'));
  for (const {headers} of registry.requests) is(headers.host, 'registry.example:5000');
});

test('a proxy that refuses, or is not there, is named without its password', async () => {
  await using registry = await FakeRegistry.start();
  await using proxy = await startForwardProxy(registry.address, 'ann:s3cret');
  using host = new PullHost();
  const refused = proxy.url.replace('s3cret', 'wr0ng');
  for (const [url, address, why] of [
    [refused, proxy.address, 'the proxy does not pass the request on'],
    ['http://ann:wr0ng@127.0.0.1:1', '127.0.0.1:1', 'it refuses the connection'],
  ]) {
    await withEnv({https_proxy: url ?? ''}, async () => {
      const error = await engineErrorOf(() => host.pull('registry.example/app:1', {timing: {maxRetries: 0}}));
      is(error.code, 'registry-unreachable');
      is(error.message, `cannot reach registry registry.example through the proxy ${address}: ${why}`);
      ok(!`${error.message} ${error.hint} ${error.stack} ${JSON.stringify(error)}`.includes('wr0ng'));
    });
  }
  equal(registry.requests, []);
});

test.run();
