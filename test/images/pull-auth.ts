import {suite} from 'uvu';
import {equal, is, ok} from 'uvu/assert';
import type {EngineError} from '../../src/errors.ts';
import type {CredentialSource, Credentials} from '../../src/images/registry/credentials.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {registryError} from '../support/fake-answer.ts';
import type {FakeAuth} from '../support/fake-auth.ts';
import {FakeRegistry} from '../support/fake-registry.ts';
import {makeImage} from '../support/image.ts';
import {makeLayer} from '../support/layer.ts';
import {PullHost} from '../support/pull-host.ts';

const test = suite<{host: PullHost}>('pull-auth');

test.before.each((context) => {
  context.host = new PullHost();
});
test.after.each((context) => context.host[Symbol.dispose]());

const secret = 'pa:ss wörd';
const image = makeImage({layers: ['a', 'b', 'c', 'd'].map((name) => makeLayer([{name, content: name}]))});

async function start(auth: FakeAuth): Promise<{registry: FakeRegistry; name: string}> {
  const registry = await FakeRegistry.start({auth});
  return {registry, name: registry.put('team/app', '1', image)};
}

function source(credentials: Credentials | undefined): CredentialSource & {asked: string[]} {
  const asked: string[] = [];
  const find = async (registry: string) => {
    asked.push(registry);
    return credentials;
  };
  return {asked, find};
}

const password = (text = secret): Credentials => ({kind: 'password', username: 'ann', password: text});

function containsNoSecret(error: EngineError): void {
  const whole = `${error.message} ${error.hint} ${error.stack} ${JSON.stringify(error)}`;
  for (const part of [secret, Buffer.from(`ann:${secret}`).toString('base64'), 'refresh-1']) {
    ok(!whole.includes(part), 'the error tells a secret');
  }
}

test('an anonymous token is fetched once and used for everything', async ({host}) => {
  const {registry, name} = await start({kind: 'bearer'});
  await using _ = registry;
  await host.pull(name);
  const [token] = registry.asked('/token');
  is(registry.asked('/token').length, 1);
  is(token?.query.get('scope'), 'repository:team/app:pull');
  is(token?.query.get('service'), 'fake');
  is(token?.headers.authorization, undefined);
});

test('a user and a password buy a token, and are shown to the token server alone', async ({host}) => {
  const {registry, name} = await start({kind: 'bearer', user: 'ann', password: secret});
  await using _ = registry;
  const credentials = source(password());
  await host.pull(name, {credentials});
  equal(credentials.asked, [registry.address]);
  for (const {path, headers} of registry.requests) {
    if (path !== '/token') ok(!headers.authorization?.startsWith('Basic'));
  }
});

test('an identity token is exchanged for an access token', async ({host}) => {
  const {registry, name} = await start({kind: 'bearer', identityToken: 'refresh-1'});
  await using _ = registry;
  await host.pull(name, {credentials: source({kind: 'identity-token', token: 'refresh-1'})});
  is(registry.asked('/token')[0]?.method, 'POST');
});

test('a registry token is used as it is', async ({host}) => {
  const {registry, name} = await start({kind: 'bearer', registryToken: 'given-1'});
  await using _ = registry;
  await host.pull(name, {credentials: source({kind: 'registry-token', token: 'given-1'})});
  is(registry.asked('/token').length, 0);
});

test('a token that runs out is replaced', async ({host}) => {
  const {registry, name} = await start({kind: 'bearer', tokenUses: 2});
  await using _ = registry;
  const result = await host.pull(name);
  is(result.image.chainIds.length, 4);
  ok(registry.asked('/token').length >= 3);
});

test('Basic authentication', async ({host}) => {
  const {registry, name} = await start({kind: 'basic', user: 'ann', password: secret});
  await using _ = registry;
  await host.pull(name, {credentials: source(password())});
  is(registry.asked('/token').length, 0);
});

test('no credentials for a private registry', async ({host}) => {
  const {registry, name} = await start({kind: 'basic', user: 'ann', password: secret});
  await using _ = registry;
  const error = await engineErrorOf(() => host.pull(name));
  is(error.code, 'registry-denied');
  is(
    error.message,
    `pull access denied for ${registry.address}/team/app, repository does not exist or may require authorization: unauthorized: authentication required`,
  );
  is(error.hint, `check the name; for a private repository log in: 'crundle login ${registry.address}'`);
  equal(host.files(), []);
});

test('a wrong password with Basic, and with a token server', async ({host}) => {
  const basic = await start({kind: 'basic', user: 'ann', password: 'other'});
  await using _basic = basic.registry;
  const first = await engineErrorOf(() => host.pull(basic.name, {credentials: source(password())}));
  is(first.code, 'registry-unauthorized');
  is(
    first.message,
    `registry ${basic.registry.address} does not accept the credentials for ${basic.registry.address}/team/app: unauthorized: authentication required`,
  );
  containsNoSecret(first);
  const bearer = await start({kind: 'bearer', user: 'ann', password: 'other'});
  await using _bearer = bearer.registry;
  const second = await engineErrorOf(() => host.pull(bearer.name, {credentials: source(password())}));
  is(second.code, 'registry-unauthorized');
  is(
    second.message,
    `the token server ${bearer.registry.address} of registry ${bearer.registry.address} refuses the credentials (401)`,
  );
  containsNoSecret(second);
});

test('an expired identity token', async ({host}) => {
  const {registry, name} = await start({kind: 'bearer', identityToken: 'refresh-2'});
  await using _ = registry;
  const credentials = source({kind: 'identity-token', token: 'refresh-1'});
  const error = await engineErrorOf(() => host.pull(name, {credentials}));
  is(error.code, 'registry-unauthorized');
  containsNoSecret(error);
});

test('a registry that says denied', async ({host}) => {
  const {registry, name} = await start({kind: 'bearer'});
  await using _ = registry;
  registry.intercept = ({path}) =>
    path.includes('/manifests/')
      ? registryError(403, 'DENIED', 'requested access to the resource is denied')
      : undefined;
  const error = await engineErrorOf(() => host.pull(name));
  is(error.code, 'registry-denied');
  is(
    error.message,
    `pull access denied for ${registry.address}/team/app, repository does not exist or may require authorization: denied: requested access to the resource is denied`,
  );
});

test('a user who may not pull this image is not told that the password is wrong', async ({host}) => {
  const {registry, name} = await start({kind: 'bearer', user: 'ann', password: secret});
  await using _ = registry;
  registry.intercept = ({path}) =>
    path.includes('/manifests/')
      ? {
          ...registryError(401, 'UNAUTHORIZED', 'authentication required'),
          headers: {
            'www-authenticate': `Bearer realm="http://${registry.address}/token",error="insufficient_scope"`,
          },
        }
      : undefined;
  const error = await engineErrorOf(() => host.pull(name, {credentials: source(password())}));
  is(error.code, 'registry-denied');
  containsNoSecret(error);
  is(registry.asked('/token').length, 2, 'a token may have run out: one more is tried');
});

test('a token server that is elsewhere, without TLS, or nonsense is not asked', async ({host}) => {
  const {registry, name} = await start({kind: 'bearer'});
  await using _ = registry;
  for (const realm of [
    'http://example.com/token',
    'ftp://127.0.0.1/x',
    '',
    'file:///etc/passwd',
    'http://',
  ]) {
    registry.intercept = (_request, answer) =>
      answer.status === 401
        ? {headers: {'www-authenticate': `Bearer realm="${realm}",service="s"`}}
        : undefined;
    const error = await engineErrorOf(() => host.pull(name, {credentials: source(password())}));
    is(error.code, 'registry-failed');
    is(error.message, `registry ${registry.address} names a token server that cannot be used: '${realm}'`);
    containsNoSecret(error);
  }
});

test('a token server that breaks is asked again, then reported', async ({host}) => {
  const {registry, name} = await start({kind: 'bearer'});
  await using _ = registry;
  registry.intercept = ({path, repeat}) =>
    path === '/token' && repeat < 2 ? {status: 502, body: ''} : undefined;
  await host.pull(name);
  registry.intercept = ({path}) => (path === '/token' ? {status: 502, body: ''} : undefined);
  const error = await engineErrorOf(() => new PullHost().pull(name));
  is(error.code, 'registry-failed');
  is(error.message, `the token server ${registry.address} of registry ${registry.address} answered 502`);
});

for (const [body, message] of [
  ['<html>hi</html>', 'is not valid JSON'],
  ['{}', 'is invalid: access_token is missing'],
  ['{"token": 5}', 'is invalid: token is not a string'],
  ['{"token": "a\\r\\nX-Evil: 1"}', 'is invalid: token is not a token'],
] as const) {
  test(`a token server that answers ${body}`, async ({host}) => {
    const {registry, name} = await start({kind: 'bearer'});
    await using _ = registry;
    registry.intercept = ({path}) => (path === '/token' ? {body} : undefined);
    const error = await engineErrorOf(() => host.pull(name));
    is(error.code, 'registry-failed');
    is(
      error.message,
      `the answer of the token server ${registry.address} of registry ${registry.address} ${message}`,
    );
  });
}

test('a redirect to another host carries no authorization, and may come with other credentials in its URL', async ({
  host,
}) => {
  const {registry, name} = await start({kind: 'bearer', user: 'ann', password: secret});
  await using _ = registry;
  await using storage = await FakeRegistry.start();
  for (const layer of image.layers) storage.putBlob(layer.digest, layer.blob);
  registry.intercept = ({path}, answer) => {
    const digest = /\/blobs\/(.*)$/.exec(path)?.[1];
    if (digest === undefined || digest === image.config.digest || answer.status === 401) return undefined;
    return {
      status: 307,
      headers: {location: `http://u:p@${storage.address}/v2/x/blobs/${digest}?signature=1`},
      body: '',
    };
  };
  await host.pull(name, {credentials: source(password())});
  is(storage.requests.length, 4);
  for (const {headers} of storage.requests) is(headers.authorization, undefined);
});

test('redirects without end, to plain HTTP elsewhere and to files are refused', async ({host}) => {
  const {registry, name} = await start({kind: 'bearer'});
  await using _ = registry;
  for (const [location, message] of [
    ['/v2/team/app/manifests/1', `registry ${registry.address} redirects without end`],
    ['http://example.com/x?token=abc', `registry ${registry.address} redirects to example.com without TLS`],
    ['file:///etc/passwd', `registry ${registry.address} redirects to something that is not a web address`],
  ] as const) {
    registry.intercept = ({path}, answer) =>
      path.includes('/manifests/') && answer.status !== 401
        ? {status: 302, headers: {location}, body: ''}
        : undefined;
    const error = await engineErrorOf(() => host.pull(name));
    is(error.code, 'registry-failed');
    is(error.message, message);
  }
});

test.run();
