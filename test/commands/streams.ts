// Standard streams and signals that are not as one expects: closed, gone, slow, or in the wrong hands.
import {spawnSync} from 'node:child_process';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, crundlePath, spawnCrundle} from '../support/test-host.ts';

const test = suite('streams');
const {image, registry} = await serveBusybox(test);

function shell(script: string) {
  const env = {...process.env, CRUNDLE: crundlePath, IMAGE: image};
  const {status, stdout, stderr} = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    env,
    timeout: 30_000,
  });
  return {status, stdout, stderr};
}

test.after(async () => {
  const left = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (left.length > 0) await crundle(['rm', '-f', ...left]);
  await assertHostClean();
});

test('a closed standard input is an empty one', () => {
  assert.equal(shell('"$CRUNDLE" run --rm -i --network none "$IMAGE" cat <&-'), {
    status: 0,
    stdout: '',
    stderr: '',
  });
});

test('a closed standard output loses the output, nothing else', () => {
  assert.equal(shell('"$CRUNDLE" run --rm --network none "$IMAGE" echo lost >&-'), {
    status: 0,
    stdout: '',
    stderr: '',
  });
});

test('whoever reads only the first line ends crundle quietly, and the container goes on', async () => {
  const {stdout, stderr} = shell(
    '"$CRUNDLE" run --rm --name endless --network none "$IMAGE" sh -c "while :; do echo y; done" | head -n 1',
  );
  assert.equal({stdout, stderr}, {stdout: 'y\n', stderr: ''});
  assert.is(await crundleOk(['rm', '-f', 'endless']), 'endless');
});

test('a slow reader gets everything', () => {
  const {stdout} = shell('"$CRUNDLE" run --rm --network none "$IMAGE" seq 100000 | (sleep 1; tail -n 1)');
  assert.is(stdout, '100000\n');
});

test('a non-blocking pipe loses nothing', () => {
  const {stdout} = shell(
    `perl -e 'use Fcntl; fcntl(STDOUT, F_SETFL, O_WRONLY|O_NONBLOCK); exec @ARGV' "$CRUNDLE" run --rm --network none "$IMAGE" seq 100000 | (sleep 1; tail -n 1)`,
  );
  assert.is(stdout, '100000\n');
});

test('the end of a pipe ends what reads it in the container', () => {
  assert.equal(shell('seq 3 | "$CRUNDLE" run --rm -i --network none "$IMAGE" wc -l'), {
    status: 0,
    stdout: '3\n',
    stderr: '',
  });
});

test('an interrupt reaches the container, which decides', async () => {
  const child = spawnCrundle([
    'run',
    '--rm',
    '--network',
    'none',
    image,
    'sh',
    '-c',
    'trap "echo no" INT; echo up; sleep 1; sleep 1; exit 4',
  ]);
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (output += text));
  while (!output.includes('up')) await sleep(20);
  child.kill('SIGINT');
  assert.is(await new Promise((resolve) => child.once('close', resolve)), 4);
  assert.is(output, 'up\nno\n');
});

test('a killed crundle leaves the container running, and --rm still removes it', async () => {
  const child = spawnCrundle([
    'run',
    '--rm',
    '--name',
    'orphan',
    '--network',
    'none',
    image,
    'sh',
    '-c',
    'echo up; sleep 2',
  ]);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  child.kill('SIGKILL');
  assert.is(await crundleOk(['ps', '--format', '{{.Names}}']), 'orphan');
  for (let tries = 0; tries < 100 && (await crundleOk(['ps', '-aq'])) !== ''; tries++) await sleep(100);
  assert.is(await crundleOk(['ps', '-aq']), '');
});

test('logs -f ends when the container does, and keeps the streams apart', async () => {
  await crundleOk([
    'run',
    '-d',
    '--name',
    'talker',
    '--network',
    'none',
    image,
    'sh',
    '-c',
    'echo one; sleep 1; echo two >&2',
  ]);
  const {status, stdout, stderr} = await crundle(['logs', '-f', 'talker']);
  assert.equal({status, stdout, stderr}, {status: 0, stdout: 'one\n', stderr: 'two\n'});
  assert.is(await crundleOk(['logs', '-n', '0', 'talker']), '');
  assert.match(await crundleOk(['logs', '-t', 'talker']), /^\d{4}-\d\d-\d\dT[\d:.]+Z one$/);
  await crundleOk(['rm', 'talker']);
});

test('a pull that is interrupted says so and exits 130', async () => {
  const child = spawnCrundle(['pull', `${registry}/debian`]);
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => (errors += text));
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  await sleep(300);
  child.kill('SIGINT');
  assert.is(await new Promise((resolve) => child.once('close', resolve)), 130);
  assert.match(errors, /^Error: /);
  assert.not.match(errors, /bug/);
});

test.run();
