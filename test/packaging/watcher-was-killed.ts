// The condition of crundle-heal.service, with processes of the names that it looks for.
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {testHost} from '../support/test-host.ts';

const script = join(import.meta.dirname, '../../packaging/systemd/watcher-was-killed');

const test = suite<{root: string; folder: string}>('watcher-was-killed');

test.before.each((context) => {
  context.root = mkdtempSync(join(testHost.tmp, 'run-'));
  context.folder = join(context.root, 'containers', 'a');
  mkdirSync(context.folder, {recursive: true});
});

test.after.each(({root}) => rmSync(root, {recursive: true}));

function wasKilled(root: string): boolean {
  const {status, stderr} = spawnSync(script, [root], {encoding: 'utf8'});
  assert.is(stderr, '');
  return status === 0;
}

async function withProcess(name: string, folder: string, action: (pid: number) => void): Promise<void> {
  const program = join(folder, name);
  copyFileSync('/bin/sleep', program);
  const child = spawn(program, ['60'], {stdio: 'ignore'});
  await once(child, 'spawn');
  try {
    action(child.pid ?? 0);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

test('there are no containers', ({root, folder}) => {
  assert.not(wasKilled(join(root, 'absent')));
  rmSync(folder, {recursive: true});
  assert.not(wasKilled(root));
});

test('nobody looks after it: who should have left a shell to wait was killed before', ({root}) => {
  assert.ok(wasKilled(root));
});

test('a conmon is alive until it is killed', async ({root, folder}) => {
  await withProcess('conmon', folder, (pid) => {
    writeFileSync(join(folder, 'conmon.pid'), String(pid));
    assert.not(wasKilled(root));
  });
  assert.ok(wasKilled(root));
});

test("a conmon's number is another program's by now", async ({root, folder}) => {
  await withProcess('other', folder, (pid) => {
    writeFileSync(join(folder, 'conmon.pid'), `${pid}\n`);
    assert.ok(wasKilled(root));
  });
});

test('a pause before a restart lasts until its shell is killed', async ({root, folder}) => {
  const shell = spawn('/bin/sh', ['-c', 'read line', 'crundle-restart'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(shell, 'spawn');
  writeFileSync(join(folder, 'waiter.pid'), String(shell.pid));
  assert.not(wasKilled(root));
  shell.kill('SIGKILL');
  await once(shell, 'exit');
  assert.ok(wasKilled(root));
});

test('the name service is alive until it is killed', async ({root, folder}) => {
  rmSync(folder, {recursive: true});
  const names = join(root, 'aardvark', 'networks');
  mkdirSync(names, {recursive: true});
  await withProcess('aardvark-dns', names, (pid) => {
    writeFileSync(join(names, 'aardvark.pid'), String(pid));
    assert.not(wasKilled(root));
  });
  assert.ok(wasKilled(root));
});

test('containers are to be probed, and who does that was killed', async ({root, folder}) => {
  rmSync(folder, {recursive: true});
  mkdirSync(join(root, 'health'));
  assert.not(wasKilled(root));
  writeFileSync(join(root, 'health', 'a'), 'since');
  const checker = spawn('flock', [join(root, 'health.lock'), 'sh', '-c', 'echo held; read line'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await once(checker.stdout, 'data');
  assert.not(wasKilled(root));
  checker.stdin.end();
  await once(checker, 'exit');
  assert.ok(wasKilled(root));
});

test('one of many is enough', async ({root, folder}) => {
  mkdirSync(join(root, 'containers', 'b'));
  await withProcess('conmon', folder, (pid) => {
    writeFileSync(join(folder, 'conmon.pid'), String(pid));
    writeFileSync(join(root, 'containers', 'b', 'conmon.pid'), '4194305');
    assert.ok(wasKilled(root));
  });
});

test.run();
