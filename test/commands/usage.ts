// Wrong command lines, beside the real docker client, which finds them before it asks for its daemon.
import {spawnSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {crundle} from '../support/test-host.ts';

const test = suite('usage');

const lines = [
  'run',
  'run --foo x',
  'run -x alpine',
  'run -ix alpine',
  'run -m',
  'run --memory',
  'run -m abc alpine',
  'run --rm=maybe alpine',
  'run --detach= alpine',
  'run --pids-limit=x alpine',
  'run -it alpine',
  'run --pull=foo alpine',
  'run --ulimit nonsense alpine',
  'run --cpus x alpine',
  'run -v : alpine',
  'run --env-file /nonexistent alpine',
  'create',
  'create --foo x',
  'ps x',
  'ps --foo',
  'ps -n x',
  'rm',
  'rm --foo x',
  'exec',
  'exec x',
  'exec --foo x y',
  'exec -it x y',
  'inspect',
  'inspect --type=foo x',
  'images a b',
  'pull',
  'pull a b',
  'start',
  'start -a x y',
  'logs',
  'logs a b',
  'attach',
  'wait',
  'kill',
  'rmi',
  'stop',
  'stop -t x y',
  'restart',
  'version x',
  'info x',
  'foo',
  '--foo ps',
];

for (const line of lines) {
  test(`'${line}' exits as docker does`, async () => {
    const docker = spawnSync('docker', line.split(' '), {stdio: ['ignore', 'pipe', 'pipe']});
    const {status, stdout, stderr} = await crundle(line.split(' '));
    assert.is(status, docker.status, stderr);
    assert.is(stdout, '');
    assert.match(stderr, /^Error: [^\n]+\n(Hint: [^\n]+\n)?$/);
  });
}

test('an error names the flag and what is wrong', async () => {
  const {stderr} = await crundle(['run', '-m', 'abc', 'alpine']);
  assert.is(
    stderr,
    'Error: invalid argument "abc" for "-m, --memory" flag: invalid size: \'abc\'\nHint: see \'crundle run --help\'\n',
  );
});

test('a flag that is not built yet says so', async () => {
  const {status, stderr} = await crundle(['run', '--use-api-socket', 'alpine']);
  assert.is(status, 125);
  assert.match(
    stderr,
    /^Error: flag --use-api-socket is not supported yet\nHint: there is no API socket yet/,
  );
});

test('a restart policy is checked as Docker does', async () => {
  const wrong = await crundle(['run', '--restart', 'sometimes', 'alpine']);
  assert.is(wrong.status, 125);
  assert.match(
    wrong.stderr,
    /^Error: invalid restart policy: unknown policy 'sometimes'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'\n/,
  );
  const both = await crundle(['run', '--rm', '--restart', 'always', 'alpine']);
  assert.is(both.status, 125);
  assert.match(both.stderr, /^Error: conflicting options: cannot specify both --restart and --rm\n/);
});

test('a slip is answered with the command that was meant', async () => {
  const {status, stderr} = await crundle(['isnpect', 'web']);
  assert.is(status, 1);
  assert.is(stderr, "Error: unknown command: crundle isnpect\nHint: did you mean 'crundle inspect'?\n");
});

test('a command of Docker’s that is not there is no slip', async () => {
  for (const [line, typed] of [
    ['build .', 'build'],
    ['trust sign x', 'trust'],
  ] as const) {
    const {status, stderr} = await crundle(line.split(' '));
    assert.is(status, 1);
    assert.is(
      stderr,
      `Error: unknown command: crundle ${typed}\nHint: 'docker ${typed}' has no counterpart in crundle yet\n`,
    );
  }
});

test('help goes to standard output and exits 0', async () => {
  for (const line of [
    [],
    ['--help'],
    ['help'],
    ['help', 'run'],
    ['run', '--help'],
    ['container', 'run', '--help'],
  ]) {
    const {status, stdout, stderr} = await crundle(line);
    assert.is(status, 0, stderr);
    assert.match(stdout, /^Usage: {2}crundle /);
    assert.is(stderr, '');
  }
});

test('a reader that goes away ends the command quietly', async () => {
  const {stdout, stderr} = spawnSync('sh', ['-c', 'bin/crundle run --help | head -n 1'], {encoding: 'utf8'});
  assert.is(stdout, 'Usage:  crundle run [OPTIONS] IMAGE [COMMAND] [ARG...]\n');
  assert.is(stderr, '');
});

test.run();
