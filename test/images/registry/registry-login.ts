import {suite} from 'uvu';
import {equal, is, ok} from 'uvu/assert';
import type {Credentials} from '../../../src/images/registry/credentials.ts';
import {checkLogin} from '../../../src/images/registry/registry-login.ts';
import {engineErrorOf} from '../../support/engine-error.ts';
import type {FakeAuth} from '../../support/fake-auth.ts';
import {FakeRegistry} from '../../support/fake-registry.ts';

const test = suite('registry login');
const secret = 'pa:ss wörd';

function check(registry: FakeRegistry, password = secret): Promise<Credentials> {
  return checkLogin({
    registry: registry.address,
    credentials: {kind: 'password', username: 'ann', password},
    insecureRegistries: [],
  });
}

const start = (auth?: FakeAuth) => FakeRegistry.start(auth ? {auth} : {});
const login = {kind: 'password', username: 'ann', password: secret};

test('Basic: the registry itself is shown the password', async () => {
  await using registry = await start({kind: 'basic', user: 'ann', password: secret});
  equal(await check(registry), login);
  is(registry.requests.at(-1)?.path, '/v2/');
});

test('Bearer: the token server is, and asked for a token to keep, and for no right', async () => {
  await using registry = await start({kind: 'bearer', user: 'ann', password: secret});
  registry.intercept = (_request, {headers}) => {
    const challenge = String(headers?.['www-authenticate'] ?? '');
    return challenge === ''
      ? undefined
      : {headers: {'www-authenticate': challenge.replace(/,scope=.*$/, '')}};
  };
  equal(await check(registry), login);
  const [asked] = registry.asked('/token');
  equal(Object.fromEntries(asked?.query ?? []), {
    service: 'fake',
    account: 'ann',
    client_id: 'crundle',
    offline_token: 'true',
  });
});

test('an identity token is kept in place of the password', async () => {
  await using registry = await start({kind: 'bearer', user: 'ann', password: secret});
  registry.intercept = ({path}, {body}) =>
    path === '/token'
      ? {body: JSON.stringify({...JSON.parse(String(body)), refresh_token: 'refresh-1'})}
      : undefined;
  equal(await check(registry), {kind: 'identity-token', token: 'refresh-1'});
});

test('a registry that asks for nothing takes anybody', async () => {
  await using registry = await start();
  equal(await check(registry), login);
});

test('a wrong password: what was tried and what to check, and never the password', async () => {
  for (const kind of ['basic', 'bearer'] as const) {
    await using registry = await start({kind, user: 'ann', password: 'another'});
    const error = await engineErrorOf(() => check(registry));
    is(error.code, 'registry-unauthorized');
    is(
      error.message,
      kind === 'basic'
        ? `login attempt to http://${registry.address}/v2/ failed with status: 401 Unauthorized`
        : `the token server ${registry.address} of registry ${registry.address} refuses the credentials (401)`,
    );
    is(error.hint, 'check the user name, and the password or access token');
    for (const part of [secret, Buffer.from(`ann:${secret}`).toString('base64')]) {
      ok(!`${error.message} ${error.hint} ${error.stack} ${JSON.stringify(error)}`.includes(part));
    }
  }
});

test('a web server that is no registry', async () => {
  await using registry = await start();
  registry.intercept = () => ({status: 404, body: '<html>'});
  const error = await engineErrorOf(() => check(registry));
  is(error.code, 'registry-failed');
  is(error.message, `login attempt to http://${registry.address}/v2/ failed with status: 404 Not Found`);
});

test('a registry that is not there', async () => {
  const registry = await start();
  const {address} = registry;
  await registry[Symbol.asyncDispose]();
  const error = await engineErrorOf(() =>
    checkLogin({
      registry: address,
      credentials: {kind: 'password', username: 'ann', password: secret},
      insecureRegistries: [],
    }),
  );
  is(error.code, 'registry-unreachable');
});

test.run();
