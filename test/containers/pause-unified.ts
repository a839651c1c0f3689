// Pause and top on cgroup v2, on a machine that has both: this test host sees the one tree of version 2 alone. It has no
// controllers here, but the freezer is not one. Without --privileged crun would load device rules, which takes a right to
// lock memory that tests may not have.
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, saySkipped, testHost} from '../support/test-host.ts';

const unified = '/sys/fs/cgroup/unified';
const isHybrid = existsSync(join(unified, 'cgroup.procs'));
const paused = suite('paused containers on cgroup v2');
const test = isHybrid ? paused : paused.skip;
if (!isHybrid) saySkipped('this machine has one version of cgroups, on which pause.ts runs');
const {image} = await serveBusybox(paused);

paused.before(() => {
  if (isHybrid) execFileSync('mount', ['--bind', unified, '/sys/fs/cgroup']);
});
paused.after(async () => {
  if (!isHybrid) return;
  await crundle(['rm', '-f', 'web']);
  await assertHostClean();
  execFileSync('umount', ['/sys/fs/cgroup']);
});

const frozen = (id: string) =>
  readFileSync(join('/sys/fs/cgroup', testHost.cgroupParent, id, 'cgroup.events'), 'utf8').includes(
    'frozen 1',
  );

test('the tree of version 2 freezes and thaws, and its processes are found', async () => {
  const id = await crundleOk([
    ...['run', '-d', '--privileged', '--network', 'none', '--name', 'web', image],
    ...['sh', '-c', 'trap "exit 7" TERM; echo up; while :; do sleep 0.1; done'],
  ]);
  assert.is(await crundleOk(['info', '-f', '{{.CgroupVersion}}']), '2');
  while ((await crundleOk(['logs', 'web'])) !== 'up');
  await crundleOk(['pause', 'web']);
  assert.is(frozen(id), true);
  assert.match(await crundleOk(['ps', '--format', '{{.Status}}']), /\(Paused\)$/);
  const pid = await crundleOk(['inspect', '-f', '{{.State.Pid}}', 'web']);
  assert.is((await crundleOk(['top', 'web', '-o', 'pid,comm'])).split('\n')[1], `${pid.padEnd(20)}sh`);
  await crundleOk(['unpause', 'web']);
  assert.is(frozen(id), false);
  assert.is(await crundleOk(['exec', 'web', 'echo', 'on']), 'on');
  await crundleOk(['pause', 'web']);
  await crundleOk(['stop', 'web']);
  assert.is(await crundleOk(['inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', 'web']), 'exited 7');
});

paused.run();
