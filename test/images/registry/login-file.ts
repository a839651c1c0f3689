// config.json as logins leave it; helpers are small programs on PATH.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import {equal, is, not, ok} from 'uvu/assert';
import type {Credentials} from '../../../src/images/registry/credentials.ts';
import {readCredentials} from '../../../src/images/registry/credentials.ts';
import {eraseCredentials, storeCredentials} from '../../../src/images/registry/login-file.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const test = suite<{folder: string; path: string}>('login file');
const pathBefore = process.env.PATH;

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'logins-'));
  context.path = join(context.folder, 'config.json');
});
test.after.each(({folder}) => {
  process.env.PATH = pathBefore;
  rmSync(folder, {recursive: true});
});

const ann: Credentials = {kind: 'password', username: 'ann', password: 'pa:ss'};
const auth = Buffer.from('ann:pa:ss').toString('base64');

test("a new file is as Docker's client writes it, and its owner's alone", async ({folder}) => {
  const home = join(folder, 'new/.docker');
  const path = join(home, 'config.json');
  is(await storeCredentials(home, 'ghcr.io', ann), path);
  is(readFileSync(path, 'utf8'), `{\n\t"auths": {\n\t\t"ghcr.io": {\n\t\t\t"auth": "${auth}"\n\t\t}\n\t}\n}`);
  is(statSync(path).mode & 0o7777, 0o600);
  is(statSync(home).mode & 0o7777, 0o700);
  equal(readdirSync(home), ['config.json']);
  equal(await readCredentials(home).find('ghcr.io'), ann);
});

test('everything else in the file stays, byte for byte where numbers are concerned', async ({
  folder,
  path,
}) => {
  writeFileSync(
    path,
    '{"psFormat": "x", "auths": {"z.example": {"auth": "eDp5"}}, "new": [1.50, 12345678901234567890]}',
  );
  await storeCredentials(folder, 'a.example', ann);
  const text = readFileSync(path, 'utf8');
  equal(Object.keys(JSON.parse(text)), ['psFormat', 'auths', 'new']);
  equal(Object.keys(JSON.parse(text).auths), ['a.example', 'z.example']);
  ok(text.includes('1.50') && text.includes('12345678901234567890'), text);
  await eraseCredentials(folder, ['a.example']);
  equal(Object.keys(JSON.parse(readFileSync(path, 'utf8')).auths), ['z.example']);
});

test('the same login again writes nothing', async ({folder, path}) => {
  await storeCredentials(folder, 'ghcr.io', ann);
  const {ino} = statSync(path);
  is(await storeCredentials(folder, 'ghcr.io', ann), undefined);
  is(statSync(path).ino, ino);
});

test('a link stays one, and the file keeps its mode', async ({folder, path}) => {
  mkdirSync(join(folder, 'real'));
  const real = join(folder, 'real/c.json');
  writeFileSync(real, '{}');
  chmodSync(real, 0o640);
  symlinkSync('real/c.json', path);
  await storeCredentials(folder, 'ghcr.io', ann);
  ok(lstatSync(path).isSymbolicLink());
  is(JSON.parse(readFileSync(real, 'utf8')).auths['ghcr.io'].auth, auth);
  is(statSync(real).mode & 0o7777, 0o640);
  equal(readdirSync(join(folder, 'real')), ['c.json']);
});

test('an identity token is kept as one', async ({folder}) => {
  const token: Credentials = {kind: 'identity-token', token: 'refresh-1'};
  await storeCredentials(folder, 'ghcr.io', token);
  equal(await readCredentials(folder).find('ghcr.io'), token);
});

test('a logout forgets every name of the host, and no other host', async ({folder, path}) => {
  const auths = Object.fromEntries(
    ['ghcr.io', 'https://ghcr.io/v1/', 'http://ghcr.io', 'ghcr.io:5000', 'x.ghcr.io'].map((name) => [
      name,
      {auth},
    ]),
  );
  writeFileSync(path, JSON.stringify({auths}));
  equal(await eraseCredentials(folder, ['ghcr.io']), new Map());
  equal(Object.keys(JSON.parse(readFileSync(path, 'utf8')).auths), ['ghcr.io:5000', 'x.ghcr.io']);
  const {ino} = statSync(path);
  await eraseCredentials(folder, ['ghcr.io']);
  is(statSync(path).ino, ino);
});

test('a logout where nobody ever logged in makes no file', async ({folder, path}) => {
  await eraseCredentials(folder, ['ghcr.io']);
  not(existsSync(path));
});

for (const text of ['{"auths": ', '[]', '{"auths": 5}', '{"auths": {}, "credHelpers": {"a": 1}}']) {
  test(`a file that holds '${text}' is refused, and left as it is`, async ({folder, path}) => {
    writeFileSync(path, text);
    for (const change of [
      () => storeCredentials(folder, 'ghcr.io', ann),
      () => eraseCredentials(folder, ['ghcr.io']),
    ]) {
      is((await engineErrorOf(change)).code, 'credentials-invalid');
    }
    is(readFileSync(path, 'utf8'), text);
    equal(readdirSync(folder), ['config.json']);
  });
}

/** A helper that notes its calls in `log`, and does what the script says. */
function addHelper(folder: string, script: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const log = join(folder, 'log');
  const text = `#!/bin/sh\ninput=$(cat)\necho "$# $1 $input" >> ${log}\n${script}\n`;
  writeFileSync(join(bin, 'docker-credential-fake'), text, {mode: 0o755});
  process.env.PATH = `${bin}:${pathBefore}`;
  return log;
}

test('with a credsStore the helper gets the secret, on standard input, and the file only the name', async ({
  folder,
  path,
}) => {
  const log = addHelper(folder, '');
  writeFileSync(path, JSON.stringify({credsStore: 'fake', auths: {'ghcr.io': {auth}}}));
  is(await storeCredentials(folder, 'ghcr.io', ann), undefined);
  is(readFileSync(log, 'utf8'), '1 store {"ServerURL":"ghcr.io","Username":"ann","Secret":"pa:ss"}\n');
  equal(JSON.parse(readFileSync(path, 'utf8')).auths, {'ghcr.io': {}});
  await storeCredentials(folder, 'ghcr.io', {kind: 'identity-token', token: 't1'});
  ok(
    readFileSync(log, 'utf8').endsWith('store {"ServerURL":"ghcr.io","Username":"<token>","Secret":"t1"}\n'),
  );
});

test('credHelpers go before credsStore, each for its registry', async ({folder, path}) => {
  const log = addHelper(folder, '');
  writeFileSync(path, JSON.stringify({credsStore: 'absent', credHelpers: {'ghcr.io': 'fake'}}));
  await storeCredentials(folder, 'ghcr.io', ann);
  ok(existsSync(log));
  const error = await engineErrorOf(() => storeCredentials(folder, 'quay.io', ann));
  is(error.code, 'program-missing');
  is(error.message, 'cannot run docker-credential-absent: it is not installed');
});

test('the helper of Docker Hub is found under its host too', async ({folder, path}) => {
  const log = addHelper(folder, '');
  writeFileSync(path, JSON.stringify({credHelpers: {'docker.io': 'fake'}}));
  await storeCredentials(folder, 'https://index.docker.io/v1/', ann);
  ok(readFileSync(log, 'utf8').includes('"ServerURL":"https://index.docker.io/v1/"'));
});

test('erase is called for each name; nothing kept is no failure', async ({folder, path}) => {
  const log = addHelper(folder, 'echo "credentials not found in native keychain"; exit 1');
  writeFileSync(path, JSON.stringify({credsStore: 'fake'}));
  equal(await eraseCredentials(folder, ['ghcr.io', 'https://ghcr.io']), new Map());
  is(readFileSync(log, 'utf8'), '1 erase ghcr.io\n1 erase https://ghcr.io\n');
});

for (const status of [1, 2]) {
  test(`a helper that fails with ${status} and tells the secret is quoted without it`, async ({
    folder,
    path,
  }) => {
    addHelper(folder, `echo "keyring is locked: $input"; echo "$input" >&2; exit ${status}`);
    writeFileSync(path, JSON.stringify({credsStore: 'fake'}));
    const error = await engineErrorOf(() => storeCredentials(folder, 'ghcr.io', ann));
    is(error.code, 'credentials-invalid');
    is(
      error.message,
      'docker-credential-fake cannot keep the credentials: keyring is locked: {"ServerURL":"ghcr.io","Username":"ann","Secret":"***"}',
    );
    ok(!`${error.stack} ${error.hint} ${JSON.stringify(error)}`.includes('pa:ss'));
    is(readFileSync(path, 'utf8'), '{"credsStore":"fake"}');
    const failures = await eraseCredentials(folder, ['ghcr.io']);
    ok(
      failures
        .get('ghcr.io')
        ?.message.startsWith('docker-credential-fake cannot erase the credentials: keyring'),
    );
  });
}

test.run();
