import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {copyFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {identifyProcess, isAlive} from '../../src/system/process-identity.ts';
import {testHost} from '../support/test-host.ts';

const test = suite('process identity');

test('this process is alive, and a process with its PID but another start is not', () => {
  const self = identifyProcess(process.pid);
  assert.is(self?.pid, process.pid);
  assert.ok((self?.startTime ?? 0) > 0);
  assert.ok(self && isAlive(self));
  assert.not.ok(self && isAlive({...self, startTime: self.startTime - 1}));
});

test("there is no process above the kernel's highest PID", () => {
  assert.is(identifyProcess(4_194_305), undefined);
});

test('a process that has ended is gone', async () => {
  const child = spawn('sleep', ['60'], {stdio: 'ignore'});
  const identity = identifyProcess(child.pid ?? 0);
  assert.ok(identity && isAlive(identity));
  child.kill('SIGKILL');
  await once(child, 'close');
  assert.is(identifyProcess(child.pid ?? 0), undefined);
  assert.not.ok(isAlive(identity));
});

test('a zombie counts as ended', async () => {
  // The shell starts a child that ends, and then becomes a program that never waits for it.
  const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], {stdio: ['ignore', 'pipe', 'ignore']});
  const [line] = await parent.stdout.setEncoding('utf8').take(1).toArray();
  const pid = Number(line);
  for (let tries = 0; identifyProcess(pid) && tries < 100; tries++)
    await new Promise((done) => setTimeout(done, 10));
  process.kill(pid, 0);
  assert.is(identifyProcess(pid), undefined);
  parent.kill('SIGKILL');
  await once(parent, 'close');
});

test("a program's name may look like the fields that follow it", async () => {
  const program = join(testHost.tmp, 'a) Z 1 (b');
  copyFileSync('/bin/sleep', program);
  const child = spawn(program, ['60'], {stdio: 'ignore'});
  await once(child, 'spawn');
  const identity = identifyProcess(child.pid ?? 0);
  assert.ok(identity && identity.startTime > 0);
  child.kill('SIGKILL');
  await once(child, 'close');
});

test.run();
