// `--restart` while the machine is up: who is started again, after which pauses, and how it is shown.
import {mkdirSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {pidOf} from '../../support/reboot.ts';
import {
  factsOf,
  processesWith,
  runWithPolicy,
  startsOf,
  until,
  untilLongPause,
} from '../../support/restarting-container.ts';
import {serveBusybox} from '../../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost} from '../../support/test-host.ts';

const test = suite('restart policies');
const {image} = await serveBusybox(test);

test.after.each(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', '-v', ...ids]);
  await assertHostClean();
});

test('on-failure:3 starts a failing container three more times, with pauses that double', async () => {
  await runWithPolicy('on-failure:3', '--name', 'web', image, 'sh', '-c', 'echo up; exit 7');
  const facts = await until('web', ({status}) => status === 'exited');
  assert.is(facts.exitCode, 7);
  assert.is(facts.restarts, 3);
  const starts = await startsOf('web');
  assert.is(starts.length, 4);
  for (const [index, pause] of [100, 200, 400].entries())
    assert.ok((starts[index + 1] ?? 0) - (starts[index] ?? 0) >= pause, `${starts}`);
});

test('on-failure leaves alone what has ended well; always does not', async () => {
  await runWithPolicy('on-failure', '--name', 'done', image, 'true');
  await runWithPolicy('always', '--name', 'again', image, 'true');
  await until('again', ({restarts}) => restarts >= 2);
  const facts = await factsOf('done');
  assert.is(facts.status, 'exited');
  assert.is(facts.restarts, 0);
});

test('one that waits is shown as Docker shows it', async () => {
  await runWithPolicy('always', '--name', 'web', image, 'sh', '-c', 'exit 3');
  const facts = await until('web', ({restarts, status}) => restarts >= 5 && status === 'restarting');
  assert.is(facts.exitCode, 3);
  assert.is(facts.restarting, true);
  assert.is(facts.running, true);
  assert.is(facts.pid, 0);
  assert.match(
    await crundleOk(['ps', '--filter', 'status=restarting', '--format', '{{.Names}} {{.Status}} {{.State}}']),
    /^web Restarting \(3\) (Less than a second|\d+ seconds?) ago restarting$/,
  );
  assert.match(await crundleOk(['ps', '--format', '{{.Names}}']), /^web$/);
  const exec = await crundle(['exec', 'web', 'true']);
  assert.is(exec.stderr, 'Error: container web is restarting, wait until the container is running\n');
  assert.is(exec.status, 1);
  const removal = await crundle(['rm', 'web']);
  assert.match(removal.stderr, /^Error: cannot remove container "web": container is restarting\n/);
  assert.is(removal.status, 1);
});

test('while it waits there is a shell with its sleep, and no other process of it', async () => {
  const id = await runWithPolicy('always', '--name', 'web', image, 'sh', '-c', 'exit 3');
  await untilLongPause('web');
  // conmon and the crundle that it has called end a moment after.
  const programs = () => processesWith(id).map(({program}) => program);
  for (let waitedMs = 0; programs().join() !== '/bin/sh' && waitedMs < 20_000; waitedMs += 50)
    await sleep(50);
  assert.equal(programs(), ['/bin/sh']);
});

test('a signal that is no stop leaves the policy in force', async () => {
  await runWithPolicy('always', '--name', 'web', '--init', image, 'sleep', '600');
  await crundleOk(['kill', '-s', 'HUP', 'web']);
  const facts = await until('web', ({restarts, status}) => restarts === 1 && status === 'running');
  assert.is(facts.exitCode, 0);
});

test('a kill -9 of PID 1, from outside, is an end like any other', async () => {
  const id = await runWithPolicy('always', '--name', 'web', image, 'sleep', '600');
  const pid = pidOf(id);
  process.kill(pid, 'SIGKILL');
  const facts = await until('web', ({restarts, status}) => restarts === 1 && status === 'running');
  assert.ok(facts.pid !== pid);
});

test('a foreground run ends with the first end of its container, which goes on behind it', async () => {
  const first = await crundle([
    'run',
    '--restart',
    'always',
    '--name',
    'web',
    '--network',
    'none',
    image,
    'sh',
    '-c',
    'echo up; exit 4',
  ]);
  assert.is(first.status, 4);
  assert.is(first.stdout, 'up\n');
  await until('web', ({restarts}) => restarts >= 2);
});

test('wait tells the first end', async () => {
  await runWithPolicy('on-failure:1', '--name', 'web', image, 'sh', '-c', 'sleep 1; exit 5');
  assert.is(await crundleOk(['wait', 'web']), '5');
  const facts = await until('web', ({status}) => status === 'exited');
  assert.is(facts.restarts, 1);
});

test('a restart that fails is tried again, with its reason shown', async () => {
  const folder = join(testHost.tmp, 'source');
  mkdirSync(folder);
  await runWithPolicy(
    'always',
    '--name',
    'web',
    '-v',
    `${folder}:/source`,
    image,
    'sh',
    '-c',
    'sleep 1; exit 5',
  );
  rmSync(folder, {recursive: true});
  symlinkSync('/does/not/exist', folder);
  const facts = await until('web', ({restarts, error}) => restarts >= 2 && error !== '');
  assert.is(facts.error, `bind source path does not exist: ${folder}`);
  rmSync(folder);
  mkdirSync(folder);
  await until('web', ({status, error}) => status === 'running' && error === '');
});

test('on a network a restart keeps the published port and the name', async () => {
  await crundleOk(['network', 'create', 'inner']);
  await crundleOk([
    'run',
    '-d',
    '--restart',
    'always',
    '--stop-signal',
    'KILL',
    '--network',
    'inner',
    '-p',
    '8080:80',
    '--name',
    'web',
    image,
    'httpd',
    '-f',
    '-h',
    '/etc',
  ]);
  process.kill((await factsOf('web')).pid, 'SIGKILL');
  await until('web', ({status, restarts}) => status === 'running' && restarts === 1);
  assert.is(await crundleOk(['port', 'web']), '80/tcp -> 0.0.0.0:8080');
  const answer = await crundleOk([
    'run',
    '--rm',
    '--network',
    'inner',
    image,
    'wget',
    '-qO-',
    'http://web/hostname',
  ]);
  assert.match(answer, /^[0-9a-f]{12}$/);
  await crundleOk(['rm', '-f', 'web']);
  await crundleOk(['network', 'rm', 'inner']);
});

test.run();
