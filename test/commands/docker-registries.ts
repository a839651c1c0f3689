// pull -a and manifest inspect beside the real Docker.
import {spawnSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {DockerComparison} from '../support/docker-comparison.ts';
import {dockerMissing} from '../support/docker-daemon.ts';
import {type Registry, startRegistry} from '../support/registry-server.ts';
import {assertHostClean, crundleOk, saySkipped} from '../support/test-host.ts';

const comparison = suite('registries as Docker has them');
const test = dockerMissing === undefined ? comparison : comparison.skip;
if (dockerMissing !== undefined) saySkipped(dockerMissing);
// Debian's client knows OCI manifests no better than its daemon.
const client = spawnSync('docker', ['--version'], {encoding: 'utf8'}).stdout ?? '';
const isNew = Number(/version (\d+)/.exec(client)?.[1] ?? 0) >= 25;
const testNew = dockerMissing === undefined && isNew ? comparison : comparison.skip;
if (!isNew) saySkipped("the docker on PATH is older than 25: its 'manifest inspect' knows no OCI");
let both: DockerComparison;
let registry: Registry;

comparison.before(async () => {
  if (dockerMissing !== undefined) return;
  both = await DockerComparison.start();
  registry = await startRegistry({writable: true});
  for (const tag of ['1', '2']) {
    both.prepare('tag', both.image, `${registry.address}/app:${tag}`);
    await crundleOk(['push', '-q', `${registry.address}/app:${tag}`]);
  }
});

comparison.after(async () => {
  if (dockerMissing !== undefined) return;
  await registry.stop();
  await both[Symbol.asyncDispose]();
  await assertHostClean();
});

test('every tag', () => {
  const name = `${registry.address}/app`;
  both.ask(['pull', '-a', '--platform', 'linux/arm64', name]);
  both.same(['pull', '-a', '--platform', 'linux/arm64', name]);
  both.same(['pull', '-aq', '--platform', 'linux/arm64', name]);
});

test('refused', () => {
  both.sameRefusal(['pull', '-a', `${registry.address}/app:1`], /tag can't be used with --all-tags\/-a/);
  both.sameRefusal(['search', '--limit', '200', 'x'], /limit 200 is outside the range of \[1, 100\]/i);
  both.sameRefusal(['search', '-f', 'foo=bar', 'x'], /invalid filter 'foo'/i);
  both.sameRefusal(
    ['manifest', 'inspect', '--insecure', `${registry.address}/app:3`],
    /no such manifest: \S+\/app:3/i,
  );
});

testNew('manifests', async () => {
  for (const flags of [[], ['-v']]) {
    for (const name of [both.image, `${registry.address}/app:1`]) {
      const args = ['manifest', 'inspect', '--insecure', ...flags, name];
      const docker = both.askDocker(args);
      assert.is(docker.status, 0, docker.stderr);
      assert.is(await crundleOk(args), docker.stdout.trimEnd());
    }
  }
});

comparison.run();
