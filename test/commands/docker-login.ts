// Logins beside the real Docker's client: the same answers, and the same file afterwards.
import {existsSync, readFileSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {DockerComparison} from '../support/docker-comparison.ts';
import {dockerMissing} from '../support/docker-daemon.ts';
import {type Registry, startRegistry} from '../support/registry-server.ts';
import {assertHostClean, saySkipped, testHost} from '../support/test-host.ts';

const comparison = suite('logins as Docker has them');
const test = dockerMissing === undefined ? comparison : comparison.skip;
if (dockerMissing !== undefined) saySkipped(dockerMissing);
let both: DockerComparison;
let registry: Registry;

const files = [join(testHost.tmp, 'docker/config.json'), join(process.env.HOME ?? '', '.docker/config.json')];

comparison.before(async () => {
  if (dockerMissing !== undefined) return;
  both = await DockerComparison.start();
  registry = await startRegistry({auth: {user: 'bob', password: 's3cret'}});
});

comparison.after(async () => {
  if (dockerMissing !== undefined) return;
  await registry.stop();
  await both[Symbol.asyncDispose]();
  await assertHostClean();
});

comparison.after.each(() => {
  for (const file of files) rmSync(file, {force: true});
});

function sameFile(): void {
  const [docker, ours] = files.map((file) =>
    existsSync(file) ? {text: readFileSync(file, 'utf8'), mode: statSync(file).mode} : undefined,
  );
  assert.equal(ours, docker);
}

test('in, in again, out, out again', () => {
  const login = ['login', '-u', 'bob', '-p', 's3cret'];
  for (const args of [
    [...login, registry.address],
    ['login', registry.address],
    [...login, `https://${registry.address}/v2/`],
    ['login', '-u', 'a', '-p', 'b', both.image.replace('/busybox', '')],
    ['logout', registry.address],
  ]) {
    const [docker, ours] = both.ask(args);
    assert.is(ours.status, docker.status, ours.stderr);
    assert.is(ours.stdout.includes('Succeeded'), docker.stdout.includes('Succeeded'));
    sameFile();
  }
  both.same(['logout', registry.address], (text) => text.replace(/^Not logged in to .*\n/, ''));
});

const refusals: [string[], RegExp][] = [
  [
    ['login', '-u', 'bob', '-p', 'wrong', 'SERVER'],
    /failed with status: 401 Unauthorized|incorrect username or password/,
  ],
  [['login', '-u', 'bob', 'SERVER'], /cannot perform an interactive login from a non TTY device/i],
  [['login', 'SERVER'], /cannot perform an interactive login from a non TTY device/i],
  [['login', '--password-stdin', 'SERVER'], /--username/],
  [['login', '-u', 'a', '-p', 'b', '--password-stdin', 'SERVER'], /--password and --password-stdin/],
  [['login', 'a', 'b'], /requires at most 1 argument/],
  [['logout', 'a', 'b'], /requires at most 1 argument/],
];

for (const [args, words] of refusals) {
  test(`refused: ${args.join(' ')}`, () => {
    both.sameRefusal(
      args.map((word) => (word === 'SERVER' ? registry.address : word)),
      words,
    );
    for (const file of files) assert.is(existsSync(file), false);
  });
}

comparison.run();
