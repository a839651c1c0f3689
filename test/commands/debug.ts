// --debug: what crundle calls, on standard error and nowhere else.
import {mkdtempSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {tryLockFile} from '../../src/system/file-lock.ts';
import {startRegistry} from '../support/registry-server.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost} from '../support/test-host.ts';

const test = suite('--debug');
const {image} = await serveBusybox(test);
const prefix = String.raw`^\[ *\d+\.\d ms \+ *\d+\.\d ms, `;

function hasLine(text: string, outcome: string, call: string): void {
  assert.match(text, new RegExp(`${prefix}${outcome}\\] ${call}`, 'm'));
}

test('run shows mounts, ip, nft, conmon and crun, and leaves standard output alone', async () => {
  const {status, stdout, stderr} = await crundle([
    ...['--debug', 'run', '--rm', '--name', 'seen', '-p', '8080:80', '-e', 'PASSWORD=do-not-tell-5309'],
    ...[image, 'echo', 'hi'],
  ]);
  assert.is(status, 0, stderr);
  assert.is(stdout, 'hi\n');
  hasLine(stderr, 'done', String.raw`cd \S+/layers && mount -t overlay -o lowerdir=\S+ overlay \S+/rootfs$`);
  hasLine(stderr, 'done', String.raw`umount \S+/rootfs$`);
  hasLine(stderr, 'status 0', "ip -batch - <<'END'\nnetns add crundle-");
  hasLine(stderr, 'status 0', "nft -f - <<'END'\nadd element inet crundle publish4_any");
  hasLine(stderr, String.raw`answer \d+`, '(?:systemd-run .* )?/usr/bin/conmon --api-version 1 --cid ');
  hasLine(stderr, 'done without crun', String.raw`crun --root \S+ start [0-9a-f]{64}$`);
  hasLine(stderr, 'done', 'sysctl -w net/ipv');
  assert.not.match(stderr, /do-not-tell/);
});

test('the environment does the same; without either nothing is shown', async () => {
  await crundleOk(['create', '--name', 'quiet', '-i', image]);
  const {stdout, stderr} = await crundle(['start', 'quiet'], {env: {CRUNDLE_DEBUG: '1'}});
  assert.is(stdout, 'quiet\n');
  hasLine(stderr, String.raw`answer \d+`, '.*/usr/bin/conmon ');
  const killed = await crundle(['-D', 'kill', 'quiet']);
  hasLine(killed.stderr, 'status 0', String.raw`/usr/bin/crun --root \S+ kill [0-9a-f]{64} SIGKILL$`);
  assert.is((await crundle(['rm', '-f', 'quiet'])).stderr, '');
});

test('exec shows crun, and not what the process is given', async () => {
  await crundleOk(['run', '-d', '-i', '--name', 'busy', image]);
  const {stdout, stderr} = await crundle(['-D', 'exec', '-e', 'KEY=do-not-tell-5309', 'busy', 'echo', 'hi']);
  assert.is(stdout, 'hi\n');
  hasLine(
    stderr,
    'status 0',
    String.raw`/usr/bin/crun --root \S+ --log \S+ exec .*--process \S+ [0-9a-f]{64}$`,
  );
  assert.not.match(stderr, /do-not-tell/);
  await crundleOk(['rm', '-f', 'busy']);
});

test('a pull shows requests with status, bytes and time, and no credential', async () => {
  const password = 'sesame-8841';
  const registry = await startRegistry({auth: {user: 'ali', password}});
  const folder = mkdtempSync(join(testHost.tmp, 'docker-'));
  const auth = Buffer.from(`ali:${password}`).toString('base64');
  writeFileSync(join(folder, 'config.json'), JSON.stringify({auths: {[registry.address]: {auth}}}));
  const name = `${registry.address}/busybox`;
  const {status, stderr} = await crundle(['--debug', 'pull', '-q', name], {env: {DOCKER_CONFIG: folder}});
  assert.is(status, 0, stderr);
  const url = `http://${registry.address}/v2/busybox`;
  hasLine(stderr, String.raw`status 401, \d+ bytes`, `GET ${url}/manifests/latest$`);
  hasLine(stderr, String.raw`status 200, [1-9]\d* bytes`, `GET ${url}/manifests/latest$`);
  hasLine(stderr, String.raw`status 200, [1-9]\d* bytes`, `GET ${url}/blobs/sha256:[0-9a-f]{64}$`);
  for (const secret of [password, auth, 'Basic']) assert.not.ok(stderr.includes(secret), secret);
  await crundleOk(['rmi', name]);
  await registry.stop();
});

test('a lock that was waited for is shown', async () => {
  const id = await crundleOk(['create', image]);
  const path = join(testHost.runRoot, 'locks', id);
  const held = tryLockFile(path, 'exclusive');
  setTimeout(() => held?.release(), 1000);
  const {stderr} = await crundle(['-D', 'rm', id]);
  hasLine(stderr, 'waited', `flock --exclusive ${path}$`);
  await assertHostClean();
});

test.run();
