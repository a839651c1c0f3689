// The life of containers as a person types it, with a registry and arm64 busybox.
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, spawnCrundle, testHost} from '../support/test-host.ts';

const test = suite('containers');
const {image, registry} = await serveBusybox(test);

test.after(async () => {
  await crundle(['rm', '-f', ...(await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean)]);
  await assertHostClean();
});

function run(...args: string[]): string[] {
  return ['run', '--rm', '--network', 'none', ...args];
}

test('a command runs on arm64, its output and exit code are its own', async () => {
  assert.equal(await crundle(run(image, 'uname', '-m')), {stdout: 'aarch64\n', stderr: '', status: 0});
  assert.is((await crundle(run(image, 'sh', '-c', 'exit 42'))).status, 42);
  const both = await crundle(run(image, 'sh', '-c', 'echo out; echo err >&2'));
  assert.equal(both, {stdout: 'out\n', stderr: 'err\n', status: 0});
});

test('standard input reaches the container with -i, and only then', async () => {
  assert.is((await crundle(run('-i', image, 'cat'), {input: 'one\ntwo\n'})).stdout, 'one\ntwo\n');
  assert.is((await crundle(run(image, 'cat'), {input: 'one\n'})).stdout, '');
});

test('a megabyte goes through both ways unchanged', async () => {
  const input = 'x'.repeat(1024 * 1024);
  assert.is((await crundle(run('-i', image, 'cat'), {input})).stdout === input, true);
});

test("docker's exit codes: 125 for the engine, 126 not executable, 127 not found", async () => {
  assert.is((await crundle(run('--pull', 'never', `${registry}/absent`))).status, 125);
  assert.is((await crundle(run(image, '/etc'))).status, 126);
  const missing = await crundle(run(image, 'no-such-command'));
  assert.is(missing.status, 127);
  assert.match(missing.stderr, /^Error: .*no-such-command/);
  assert.is((await crundle(run('--cap-add', 'nonsense', image))).status, 125);
  assert.is((await crundle(['create', '--cap-add', 'nonsense', image])).status, 1);
  assert.is((await crundle(['kill', '-s', 'nonsense', 'absent'])).status, 1);
  assert.is(await crundleOk(['ps', '-aq']), '');
});

test('flags land in the container', async () => {
  const script = 'echo $A:$B:$C; pwd; hostname; id -u; cat /proc/1/status | grep -c Cap';
  const out = await crundleOk(
    run(
      '-e',
      'A=1',
      '-eB',
      '--env=C=x y',
      '-w',
      '/tmp',
      '-h',
      'box',
      '-u',
      '1000',
      image,
      'sh',
      '-c',
      script,
    ),
    {env: {B: 'from here'}},
  );
  assert.is(out, '1:from here:x y\n/tmp\nbox\n1000\n5');
});

test("what stands after the image is the container's, flags and all", async () => {
  assert.is(await crundleOk(run(image, 'echo', '--rm', '-it', '--', '-x')), '--rm -it -- -x');
});

test('a container in the background: ps, logs, exec, stop, start -a, rm', async () => {
  const id = await crundleOk([
    'run',
    '-d',
    '--network',
    'none',
    '--name',
    'web',
    image,
    'sh',
    '-c',
    'trap "exit 7" TERM; echo up; while :; do sleep 0.1; done',
  ]);
  assert.match(id, /^[0-9a-f]{64}$/);
  const [header, line] = (await crundleOk(['ps'])).split('\n');
  assert.match(header ?? '', /^CONTAINER ID {3}IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES$/);
  assert.match(
    line ?? '',
    new RegExp(`^${id.slice(0, 12)} {3}\\S+busybox +"sh -c 'trap|"sh -c trap .* Up .* web$`),
  );
  assert.is(await crundleOk(['exec', 'web', 'echo', 'hello']), 'hello');
  assert.is((await crundle(['exec', id.slice(0, 6), 'sh', '-c', 'exit 3'])).status, 3);
  assert.is((await crundle(['exec', 'web', 'no-such-command'])).status, 127);
  assert.is((await crundle(['exec', '-i', 'web', 'cat'], {input: 'typed'})).stdout, 'typed');
  assert.is(await crundleOk(['logs', 'web']), 'up');
  assert.is(await crundleOk(['stop', 'web']), 'web');
  assert.match(await crundleOk(['ps', '-a']), /Exited \(7\) /);
  assert.is(await crundleOk(['ps', '-q']), '');
  assert.is(await crundleOk(['start', 'web']), 'web');
  // PID 1 ignores a signal that comes before its trap.
  while ((await crundleOk(['logs', 'web'])) !== 'up\nup') await sleep(50);
  assert.is(await crundleOk(['kill', '-s', 'TERM', 'web']), 'web');
  assert.is(await crundleOk(['wait', 'web']), '7');
  assert.is(await crundleOk(['rm', 'web']), 'web');
});

test('several names: each is handled, a failure is told and makes it 1', async () => {
  await crundleOk(['create', '--name', 'one', image]);
  await crundleOk(['create', '--name', 'two', image]);
  const {status, stdout, stderr} = await crundle(['rm', 'one', 'absent', 'two']);
  assert.is(status, 1);
  assert.is(stdout, 'one\ntwo\n');
  assert.match(stderr, /^Error: .*absent.*\n/);
});

test('--cidfile is written, and one that exists is refused', async () => {
  const path = join(testHost.tmp, 'cid');
  const id = await crundleOk(['create', '--cidfile', path, image]);
  assert.is(readFileSync(path, 'utf8'), id);
  const again = await crundle(['create', '--cidfile', path, image]);
  assert.is(again.status, 125);
  assert.match(
    again.stderr,
    /^Error: container ID file found, make sure the other container isn't running or delete /,
  );
  await crundleOk(['rm', id]);
});

test('a --cidfile that cannot be written leaves no container, and a failed create no file', async () => {
  const path = join(testHost.tmp, 'no-such-folder', 'cid');
  const {status, stderr} = await crundle(['create', '--cidfile', path, '--name', 'with-cid', image]);
  assert.is(status, 1);
  assert.match(stderr, /^Error: failed to create the container ID file: ENOENT: /);
  const unused = join(testHost.tmp, 'unused-cid');
  const failed = await crundle(['create', '--cidfile', unused, '--pull', 'never', `${image}-absent`]);
  assert.is(failed.status, 1);
  assert.is(existsSync(unused), false);
  assert.is(await crundleOk(['ps', '-aq']), '');
});

test("a strict umask of the caller's does not shut the container's users out", async () => {
  const umask = process.umask(0o077);
  try {
    assert.is(await crundleOk(run('-u', '1000', image, 'sh', '-c', 'umask; cat /etc/hostname >&2')), '0022');
  } finally {
    process.umask(umask);
  }
});

test("--env-file is the container's, not that of the Node below", async () => {
  const path = join(testHost.tmp, 'variables');
  writeFileSync(path, '# a comment\nA=from file\nB=2\n');
  assert.is(
    await crundleOk(run('--env-file', path, '-e', 'B=3', image, 'sh', '-c', 'echo $A $B')),
    'from file 3',
  );
  const missing = await crundle(run('--env-file', '/nonexistent', image));
  assert.is(missing.status, 125);
});

test('signals pass through in the foreground', async () => {
  const child = spawnCrundle(
    run(
      '--name',
      'signals',
      image,
      'sh',
      '-c',
      'trap "echo got; exit 9" USR1; echo up; while :; do sleep 0.1; done',
    ),
  );
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (output += text));
  while (!output.includes('up')) await sleep(20);
  child.kill('SIGUSR1');
  assert.is(await new Promise((resolve) => child.once('close', resolve)), 9);
  assert.is(output, 'up\ngot\n');
});

test('formats: json by line, templates, inspect', async () => {
  await crundleOk(['create', '--name', 'shown', '-l', 'a=1', image, 'true']);
  const row: unknown = JSON.parse(await crundleOk(['ps', '-a', '--format', 'json']));
  assert.is((row as {Names: string}).Names, 'shown');
  assert.is(await crundleOk(['ps', '-a', '--format', '{{.Names}} {{.Labels}}']), 'shown a=1');
  assert.is(
    await crundleOk(['inspect', '-f', '{{.Config.Labels.a}} {{.State.Status}}', 'shown']),
    '1 created',
  );
  assert.match(await crundleOk(['inspect', 'shown', image]), /^\[\n {4}\{\n {8}"Id": /);
  const absent = await crundle(['inspect', 'absent']);
  assert.equal(absent, {stdout: '[]\n', stderr: 'Error: no such object: absent\n', status: 1});
  await crundleOk(['rm', 'shown']);
});

test('container prune asks, and takes what has ended or never ran', async () => {
  const ended = await crundleOk(['run', '-d', '--network', 'none', image, 'sh', '-c', 'echo 12345 >/file']);
  await crundleOk(['wait', ended]);
  const made = await crundleOk(['create', '--label', 'keep', image]);
  await crundleOk(['run', '-d', '--network', 'none', '--name', 'runs', image, 'sleep', '1000']);
  const question =
    'WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] ';
  assert.is(await crundleOk(['container', 'prune'], {input: 'n\n'}), question);
  assert.is(
    await crundleOk(['container', 'prune', '--filter', 'label!=keep'], {input: 'y\n'}),
    `${question}Deleted Containers:\n${ended}\n\nTotal reclaimed space: 6B`,
  );
  assert.is(
    await crundleOk(['container', 'prune', '-f']),
    `Deleted Containers:\n${made}\n\nTotal reclaimed space: 0B`,
  );
  assert.is(await crundleOk(['container', 'ls', '-a', '--format', '{{.Names}}']), 'runs');
  await crundleOk(['container', 'rm', '-f', 'runs']);
});

test.run();
