import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {deleteEnded} from '../../src/runtime/ended-container.ts';
import {testHost} from '../support/test-host.ts';

// cgroup v2, or the hierarchy of the pids controller.
const hierarchy = existsSync('/sys/fs/cgroup/cgroup.controllers') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/pids';

const test = suite<{root: string; cgroup: string; state: string}>('ended container');

test.before.each((context) => {
  context.root = mkdtempSync(join(testHost.tmp, 'crun-'));
  context.state = join(context.root, 'box');
  context.cgroup = join(hierarchy, testHost.cgroupParent, 'ended');
  mkdirSync(context.state);
  mkdirSync(context.cgroup, {recursive: true});
  const path = join(testHost.cgroupParent, 'ended');
  writeFileSync(join(context.state, 'status'), JSON.stringify({'cgroup-path': path}));
});

test.after.each(({root, cgroup}) => {
  rmSync(root, {recursive: true});
  if (existsSync(cgroup)) rmdirSync(cgroup);
});

test('an ended container goes with its cgroup and its state', async ({root, cgroup, state}) => {
  assert.is(await deleteEnded(root, 'box'), true);
  assert.not(existsSync(cgroup));
  assert.not(existsSync(state));
});

test('a process that is left is for crun to end, and the state stays for it', async ({
  root,
  cgroup,
  state,
}) => {
  const child = spawn('sleep', ['60'], {stdio: 'ignore'});
  try {
    writeFileSync(join(cgroup, 'cgroup.procs'), String(child.pid));
    assert.is(await deleteEnded(root, 'box'), false);
    assert.ok(existsSync(join(state, 'status')));
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  assert.is(await deleteEnded(root, 'box'), true);
});

test('what is left in a scope of systemd is killed, and the state goes with the scope', async ({root}) => {
  const mounted = mkdtempSync(join(testHost.tmp, 'cgroup2-'));
  execFileSync('mount', ['-t', 'cgroup2', 'cgroup2', mounted]);
  const path = `${testHost.cgroupParent}/ended.scope`;
  const scope = join(mounted, path);
  mkdirSync(join(scope, 'container', 'nested'), {recursive: true});
  const child = spawn('sleep', ['60'], {stdio: 'ignore'});
  const end = once(child, 'exit');
  writeFileSync(join(scope, 'container', 'nested', 'cgroup.procs'), String(child.pid));
  writeFileSync(join(root, 'box', 'status'), JSON.stringify({'cgroup-path': `${path}/container`}));
  // systemd's part: a scope goes, with all in it, when its last process has.
  const collected = end.then(() => {
    for (const folder of ['container/nested', 'container', '']) rmdirSync(join(scope, folder));
  });
  try {
    assert.is(await deleteEnded(root, 'box', {root: mounted}), true);
    assert.is(child.signalCode, 'SIGKILL');
    assert.not(existsSync(join(root, 'box')));
  } finally {
    child.kill('SIGKILL');
    await collected;
    rmdirSync(join(mounted, testHost.cgroupParent));
    execFileSync('umount', [mounted]);
    rmdirSync(mounted);
  }
});

test('a state that is not crun’s, or names the root cgroup, is left to crun', async ({root, state}) => {
  assert.is(await deleteEnded(root, 'unknown'), false);
  for (const status of ['{}', '{"cgroup-path":"/"}', '{"cgroup-path":""}', '{"cgroup-path":7}']) {
    writeFileSync(join(state, 'status'), status);
    assert.is(await deleteEnded(root, 'box'), false);
    assert.ok(existsSync(state));
  }
});

test.run();
