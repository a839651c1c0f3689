import {chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import {equal, is, ok} from 'uvu/assert';
import {readCredentials} from '../../../src/images/registry/credentials.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const test = suite<{folder: string}>('credentials');

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'credentials-'));
});
test.after.each(({folder}) => rmSync(folder, {recursive: true}));

const base64 = (text: string) => Buffer.from(text).toString('base64');

function find(folder: string, config: unknown, registry: string) {
  writeFileSync(join(folder, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  return readCredentials(folder).find(registry);
}

test('nobody is logged in where there is no file', async ({folder}) => {
  is(await readCredentials(folder).find('docker.io'), undefined);
  is(await readCredentials(join(folder, 'none/here')).find('ghcr.io'), undefined);
});

test('a login is found under the names that docker gives it', async ({folder}) => {
  const expected = {kind: 'password', username: 'ann', password: 'a:b'};
  for (const [key, registry] of [
    ['https://index.docker.io/v1/', 'docker.io'],
    ['index.docker.io', 'docker.io'],
    ['ghcr.io', 'ghcr.io'],
    ['https://ghcr.io/v1/', 'ghcr.io'],
    ['http://127.0.0.1:5000', '127.0.0.1:5000'],
    ['localhost:5000', 'localhost:5000'],
  ] as const) {
    equal(await find(folder, {auths: {[key]: {auth: base64('ann:a:b')}}}, registry), expected, key);
  }
});

test('another registry and another port are not logged in', async ({folder}) => {
  const config = {
    auths: {'localhost:5000': {auth: base64('ann:x')}, 'evil-ghcr.io': {auth: base64('ann:x')}},
  };
  for (const registry of ['localhost', 'localhost:5001', 'ghcr.io', 'docker.io']) {
    is(await find(folder, config, registry), undefined, registry);
  }
});

test('an exact name goes before one that only has the same host', async ({folder}) => {
  const auths = {'https://ghcr.io/v1/': {auth: base64('old:1')}, 'ghcr.io': {auth: base64('new:2')}};
  equal(await find(folder, {auths}, 'ghcr.io'), {kind: 'password', username: 'new', password: '2'});
});

test('tokens, plain names and empty entries', async ({folder}) => {
  const of = (entry: object) => find(folder, {auths: {'ghcr.io': entry}}, 'ghcr.io');
  equal(await of({auth: base64('ann:'), identitytoken: 't'}), {kind: 'identity-token', token: 't'});
  equal(await of({registrytoken: 'r'}), {kind: 'registry-token', token: 'r'});
  equal(await of({username: 'ann', password: 'b'}), {kind: 'password', username: 'ann', password: 'b'});
  equal(await of({auth: base64('ann:b\0\0')}), {kind: 'password', username: 'ann', password: 'b'});
  is(await of({}), undefined);
});

for (const [title, config, why] of [
  ['no JSON', '{', 'is not valid JSON'],
  ['a list', '[]', 'is invalid: it is not an object'],
  ['auths that are a list', {auths: []}, 'is invalid: auths is not an object'],
  ['an entry that is text', {auths: {'ghcr.io': 'x'}}, 'is invalid: auths["ghcr.io"] is not an object'],
  [
    'a login that is a number',
    {auths: {'ghcr.io': {auth: 5}}},
    'is invalid: auths["ghcr.io"].auth is not a string',
  ],
  [
    'a login without a colon',
    {auths: {'ghcr.io': {auth: base64('secret')}}},
    'is invalid: auths["ghcr.io"].auth is not the base64 of \'user:password\'',
  ],
] as const) {
  test(`a file with ${title} is named`, async ({folder}) => {
    const error = await engineErrorOf(() => find(folder, config, 'ghcr.io'));
    is(error.code, 'credentials-invalid');
    is(error.message, `${join(folder, 'config.json')} ${why}`);
    ok(!`${error.message}${error.hint}${error.stack}`.includes('secret'));
  });
}

test('a file that cannot be read is named', async ({folder}) => {
  mkdirSync(join(folder, 'config.json'));
  const error = await engineErrorOf(() => readCredentials(folder).find('ghcr.io'));
  is(error.code, 'credentials-invalid');
  is(error.message, `cannot read ${join(folder, 'config.json')}: EISDIR`);
});

// Helpers: programs docker-credential-NAME, found in the administrator's path or the caller's.

async function withHelper(folder: string, script: string, call: () => Promise<void>): Promise<void> {
  const path = join(folder, 'docker-credential-fake');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  const before = process.env.PATH;
  process.env.PATH = `${folder}:${before}`;
  try {
    await call();
  } finally {
    process.env.PATH = before;
  }
}

const answer = (username: string, secret: string) =>
  `printf '{"ServerURL":"%s","Username":"${username}","Secret":"${secret}"}' "$server"`;

test('a helper of all registries and one of a single registry are asked', async ({folder}) => {
  await withHelper(folder, `read -r server; [ "$1" = get ] || exit 3; ${answer('ann', 's')}`, async () => {
    const expected = {kind: 'password', username: 'ann', password: 's'};
    equal(await find(folder, {credsStore: 'fake'}, 'docker.io'), expected);
    equal(await find(folder, {credHelpers: {'ghcr.io': 'fake'}}, 'ghcr.io'), expected);
    is(await find(folder, {credHelpers: {'ghcr.io': 'fake'}}, 'quay.io'), undefined);
  });
});

test('a helper is told the name that docker login used', async ({folder}) => {
  await withHelper(
    folder,
    `read -r server; printf '%s' "$server" >${folder}/asked; ${answer('<token>', 't')}`,
    async () => {
      equal(await find(folder, {credsStore: 'fake'}, 'docker.io'), {kind: 'identity-token', token: 't'});
      const {readFileSync} = await import('node:fs');
      is(readFileSync(join(folder, 'asked'), 'utf8'), 'https://index.docker.io/v1/');
    },
  );
});

test('a helper that knows nothing leaves what the file says', async ({folder}) => {
  await withHelper(folder, 'echo "credentials not found in native keychain"; exit 1', async () => {
    is(await find(folder, {credsStore: 'fake'}, 'ghcr.io'), undefined);
    const auths = {'ghcr.io': {auth: base64('ann:b')}};
    equal(await find(folder, {credsStore: 'fake', auths}, 'ghcr.io'), {
      kind: 'password',
      username: 'ann',
      password: 'b',
    });
  });
});

test('a helper that fails, babbles or is missing is an error', async ({folder}) => {
  await withHelper(folder, 'echo "the keyring is locked"; exit 1', async () => {
    const error = await engineErrorOf(() => find(folder, {credsStore: 'fake'}, 'ghcr.io'));
    is(error.code, 'credentials-invalid');
    is(error.message, 'docker-credential-fake has no answer for ghcr.io: the keyring is locked');
  });
  await withHelper(folder, 'echo secret-secret', async () => {
    const error = await engineErrorOf(() => find(folder, {credsStore: 'fake'}, 'ghcr.io'));
    is(error.code, 'credentials-invalid');
    is(error.message, 'the answer of docker-credential-fake is not valid JSON');
  });
  const missing = await engineErrorOf(() => find(folder, {credsStore: 'missing'}, 'ghcr.io'));
  is(missing.code, 'program-missing');
  is(missing.message, 'cannot run docker-credential-missing: it is not installed');
  const path = await engineErrorOf(() => find(folder, {credsStore: '../../bin/sh'}, 'ghcr.io'));
  is(path.code, 'credentials-invalid');
  is(path.message, "'../../bin/sh' is not the name of a credential helper");
});

test.run();
