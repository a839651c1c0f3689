// Limits on cgroup v2, as the kernel keeps them: read inside and outside a container, and run into.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {installedForSuite} from '../support/machine/installed.ts';

const test = suite('limits on an arm64 machine');
const {machine, images} = await installedForSuite(test);
const image = `${images}/busybox`;
await machine.ok(`crundle pull -q ${image}`);

test('the kernel holds the limits that were asked for', async () => {
  const limits = '-m 64m --memory-swap 64m --cpus 0.5 --pids-limit 20';
  const id = await machine.ok(`crundle run -d --name limited ${limits} ${image} sleep 1000`);
  const files = ['memory.max', 'memory.swap.max', 'cpu.max', 'pids.max'];
  const expected = ['67108864', '0', '50000 100000', '20'];
  const inside = await machine.ok(
    `crundle exec limited cat ${files.map((file) => `/sys/fs/cgroup/${file}`).join(' ')}`,
  );
  assert.equal(inside.split('\n'), expected);
  // crun puts the container into a cgroup of its own below the scope.
  const scope = await machine.ok(`systemctl show --property=ControlGroup --value crundle-${id}.scope`);
  const outside = await machine.ok(`cd /sys/fs/cgroup${scope}/container && cat ${files.join(' ')}`);
  assert.equal(outside.split('\n'), expected);
  await machine.ok('crundle rm -f limited');
});

test('a container that takes more memory is killed, and that is told', async () => {
  // tail keeps a line without end in memory.
  const hog = `crundle run --name hog -m 32m --memory-swap 32m ${image} tail /dev/zero`;
  assert.is((await machine.run(hog)).status, 137);
  assert.is(
    await machine.ok("crundle inspect --format '{{.State.OOMKilled}} {{.State.ExitCode}}' hog"),
    'true 137',
  );
  await machine.ok('crundle rm hog');
});

test('a container starts no more processes than it may', async () => {
  const {stderr, status} = await machine.run(
    `crundle run --rm --pids-limit 5 ${image} sh -c 'for n in 1 2 3 4 5 6 7 8; do sleep 100 & done'`,
  );
  assert.is(status, 2);
  assert.match(stderr, /can't fork: Resource temporarily unavailable/);
});

test('a container takes no more of the processors than it may', async () => {
  const id = await machine.ok(`crundle run -d --name busy --cpus 0.2 ${image} sh -c 'while :; do :; done'`);
  const scope = await machine.ok(`systemctl show --property=ControlGroup --value crundle-${id}.scope`);
  await machine.ok('sleep 3');
  const throttled = await machine.ok(`sed -n 's/^nr_throttled //p' /sys/fs/cgroup${scope}/cpu.stat`);
  assert.ok(Number(throttled) > 0, `never throttled: ${throttled}`);
  await machine.ok('crundle rm -f busy');
});

test.run();
