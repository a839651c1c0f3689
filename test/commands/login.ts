// Logging in and out as a person does it: with flags, with a pipe, and at a terminal, which tmux is.
import {execFileSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Registry, startRegistry} from '../support/registry-server.ts';
import {crundle, crundleOk, crundlePath, testHost} from '../support/test-host.ts';

const test = suite('login');
const folder = join(testHost.tmp, 'docker-config');
const configPath = join(folder, 'config.json');
const env = {DOCKER_CONFIG: folder};
const password = 's3cret wörd';
let registry: Registry;
let server: string;

test.before(async () => {
  registry = await startRegistry({auth: {user: 'bob', password}});
  server = registry.address;
});
test.after(() => registry.stop());
test.after.each(() => rmSync(folder, {recursive: true, force: true}));

const kept = () => JSON.parse(readFileSync(configPath, 'utf8')).auths;
const auth = Buffer.from(`bob:${password}`).toString('base64');
const unencrypted = `
WARNING! Your credentials are stored unencrypted in '${configPath}'.
Configure a credential helper to remove this warning. See
https://docs.docker.com/go/credential-store/

`;

test('a password from a pipe is checked and kept, and pulls with it', async () => {
  assert.is((await crundle(['pull', `${server}/busybox`], {env})).status, 1);
  for (const input of [password, `${password}\n`, `${password}\r\n`]) {
    rmSync(folder, {recursive: true, force: true});
    const args = ['login', '-u', 'bob', '--password-stdin', server];
    assert.equal(await crundle(args, {env, input}), {
      stdout: 'Login Succeeded\n',
      stderr: unencrypted,
      status: 0,
    });
    assert.equal(kept(), {[server]: {auth}});
  }
  await crundleOk(['pull', '-q', `${server}/busybox`], {env});
  await crundleOk(['rmi', `${server}/busybox`]);
});

test('--password works, and is warned of', async () => {
  const {stdout, stderr} = await crundle(['login', '--username', 'bob', '--password', password, server], {
    env,
  });
  assert.is(stdout, 'Login Succeeded\n');
  assert.is(
    stderr,
    `WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n${unencrypted}`,
  );
});

test('what is kept is tried first', async () => {
  await crundleOk(['login', '-u', 'bob', '--password-stdin', server], {env, input: password});
  assert.equal(await crundle(['login', server], {env}), {
    stdout: 'Login Succeeded\n',
    stderr:
      "Authenticating with existing credentials... [Username: bob]\n\n Info -> To login with a different account, run 'crundle logout' followed by 'crundle login'\n\n\n",
    status: 0,
  });
  const stale = {auths: {[server]: {auth: Buffer.from('bob:old').toString('base64')}}};
  writeFileSync(configPath, JSON.stringify(stale));
  const {stderr, status} = await crundle(['login', server], {env});
  assert.is(status, 1);
  assert.match(
    stderr,
    /\nStored credentials invalid or expired\nError: cannot perform an interactive login from a non TTY/,
  );
  assert.equal(JSON.parse(readFileSync(configPath, 'utf8')), stale);
});

test('a wrong password is not kept, and told by nobody', async () => {
  const wrong = 'wrong-pa55';
  for (const debug of ['', '1']) {
    const {stdout, stderr, status} = await crundle(['login', '-u', 'bob', '--password-stdin', server], {
      env: {...env, CRUNDLE_DEBUG: debug},
      input: wrong,
    });
    assert.is(status, 1);
    assert.is(stdout, '');
    assert.match(stderr, /^Error: login attempt to http:\/\/.*\/v2\/ failed with status: 401 Unauthorized$/m);
    assert.not.match(stderr, new RegExp(`${wrong}|${Buffer.from(`bob:${wrong}`).toString('base64')}`));
    assert.is(existsSync(configPath), false);
  }
});

test('a credential helper keeps the password, and only its standard input ever holds it', async () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin, {recursive: true});
  const helper = join(bin, 'docker-credential-fake');
  const log = join(folder, 'log');
  const script = `case $1 in
store) cat > ${folder}/secret;;
get) cat > /dev/null; [ -e ${folder}/secret ] && cat ${folder}/secret || { echo credentials not found; exit 1; };;
erase) cat > /dev/null; rm -f ${folder}/secret;;
esac`;
  writeFileSync(helper, `#!/bin/sh\necho "$*" >> ${log}\n${script}\n`);
  chmodSync(helper, 0o755);
  writeFileSync(configPath, JSON.stringify({credHelpers: {[server]: 'fake'}}));
  const withHelper = {env: {...env, PATH: `${bin}:${process.env.PATH}`, CRUNDLE_DEBUG: '1'}};
  const args = ['login', '-u', 'bob', '--password-stdin', server];
  const {stdout, stderr} = await crundle(args, {...withHelper, input: password});
  assert.is(stdout, 'Login Succeeded\n');
  assert.match(stderr, /docker-credential-fake store$/m);
  assert.not.match(stderr, new RegExp(`${password}|${auth}|WARNING`));
  assert.equal(kept(), {[server]: {}});
  await crundleOk(['pull', '-q', `${server}/busybox`], withHelper);
  await crundleOk(['rmi', `${server}/busybox`]);
  await crundleOk(['logout', server], withHelper);
  assert.equal(kept(), {});
  assert.is(existsSync(join(folder, 'secret')), false);
  assert.equal(readFileSync(log, 'utf8').trim().split('\n'), ['store', 'get', 'erase']);
});

test('logout forgets, and may be called again', async () => {
  await crundleOk(['login', '-u', 'bob', '--password-stdin', `https://${server}/v2/`], {
    env,
    input: password,
  });
  assert.equal(kept(), {[server]: {auth}});
  for (const name of [`https://${server}`, server]) {
    assert.equal(await crundle(['logout', name], {env}), {
      stdout: `Removing login credentials for ${server}\n`,
      stderr: '',
      status: 0,
    });
    assert.equal(kept(), {});
  }
  assert.is(await crundleOk(['logout'], {env}), 'Removing login credentials for https://index.docker.io/v1/');
});

test('a helper that cannot erase is told of', async () => {
  mkdirSync(folder, {recursive: true});
  writeFileSync(configPath, '{"credsStore": "absent"}');
  const {stdout, stderr, status} = await crundle(['logout', 'ghcr.io'], {env});
  assert.is(stdout, 'Removing login credentials for ghcr.io\n');
  assert.match(
    stderr,
    /^WARNING: could not erase credentials:\nghcr\.io: cannot run docker-credential-absent: it is not installed\n/,
  );
  assert.is(status, 0);
});

async function fails(args: string[], message: string, input = ''): Promise<void> {
  const result = await crundle(args, {env, input});
  assert.is(
    result.stderr.split('\n').find((line) => line.startsWith('Error: ')),
    `Error: ${message}`,
  );
  assert.is(result.stdout, '');
  assert.is(result.status, 1);
  assert.is(existsSync(configPath), false);
}

test('what is no login', async () => {
  await fails(
    ['login', '--password-stdin', server],
    'the --password-stdin option requires --username to be set',
  );
  await fails(
    ['login', '-u', 'a', '-p', 'b', '--password-stdin', server],
    'conflicting options: cannot specify both --password and --password-stdin',
  );
  await fails(['login', '-u', '', '-p', 'b', server], 'username is empty');
  await fails(['login', '-u', 'a', '-p', '', server], 'password is empty');
  const noTerminal = 'cannot perform an interactive login from a non TTY device';
  await fails(['login', server], noTerminal);
  await fails(['login', '-u', 'bob', server], noTerminal);
  await fails(['login', '-u', 'bob', '--password-stdin', server], noTerminal);
  await fails(['login', '-u', 'a', '-p', 'b', 'foo bar'], "unable to parse server address: 'foo bar'");
  await fails(['logout', 'foo bar'], "unable to parse server address: 'foo bar'");
  await fails(['login', 'a', 'b'], "'crundle login' requires at most 1 argument");
});

function tmux(...args: string[]): string {
  const tmuxEnv = {...testHost.env, ...env, TMUX: '', TMUX_TMPDIR: testHost.tmp};
  return execFileSync('tmux', ['-L', 'l', '-f', '/dev/null', ...args], {encoding: 'utf8', env: tmuxEnv});
}

/** Waits until the screen matches; throws with the screen after 20 s. */
async function screenShows(pattern: RegExp): Promise<string> {
  for (let tries = 0; ; tries++) {
    const screen = tmux('capture-pane', '-p', '-t', 'main');
    if (pattern.test(screen)) return screen;
    if (tries > 200) throw new Error(`${pattern} does not appear on:\n${screen}`);
    await sleep(100);
  }
}

const type = (...keys: string[]) => tmux('send-keys', '-t', 'main', ...keys);

test('at a terminal it asks, shows no password, and puts the terminal back', async () => {
  tmux('new-session', '-d', '-s', 'main', '-x', '100', '-y', '40', 'env PS1=HOST: sh');
  try {
    await screenShows(/^HOST:\s*$/);
    type(`${crundlePath} login ${server}; echo status=$?`, 'Enter');
    await screenShows(/^Username:\s*$/m);
    type('bob', 'Enter');
    await screenShows(/^Password:\s*$/m);
    type('s3crex', 'BSpace', 't wörd', 'Enter');
    const screen = await screenShows(/status=0/);
    assert.match(screen, /^Login Succeeded$/m);
    assert.not.match(screen, /s3cre/);
    assert.equal(kept(), {[server]: {auth}});
    type('clear; stty -a | grep -o "[- ]echo "', 'Enter');
    await screenShows(/^ echo\s*$/m);
    type(`clear; ${crundlePath} login -u bob ${server}x; echo status=$?`, 'Enter');
    await screenShows(/^Password:\s*$/m);
    type('C-c');
    await screenShows(/^Error: interrupted\nstatus=130$/m);
    type('clear; stty -a | grep -o "[- ]echo "', 'Enter');
    await screenShows(/^ echo\s*$/m);
  } finally {
    tmux('kill-server');
  }
});

test.run();
