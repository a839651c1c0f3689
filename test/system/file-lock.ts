import {spawn} from 'node:child_process';
import {statSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {lockFile, tryLockFile} from '../../src/system/file-lock.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {testHost} from '../support/test-host.ts';

const test = suite('file lock');
let count = 0;
const newPath = () => join(testHost.tmp, `lock-${++count}`);

test('creates the file with mode 0600', () => {
  const path = newPath();
  using _lock = tryLockFile(path, 'exclusive');
  assert.is(statSync(path).mode & 0o777, 0o600);
});

test('an exclusive lock keeps both kinds out, until it is released', () => {
  const path = newPath();
  const lock = tryLockFile(path, 'exclusive');
  assert.is(tryLockFile(path, 'exclusive'), undefined);
  assert.is(tryLockFile(path, 'shared'), undefined);
  lock?.release();
  lock?.release();
  using again = tryLockFile(path, 'exclusive');
  assert.ok(again);
});

test('shared locks go together and keep an exclusive one out', () => {
  const path = newPath();
  using first = tryLockFile(path, 'shared');
  using second = tryLockFile(path, 'shared');
  assert.ok(first && second);
  assert.is(tryLockFile(path, 'exclusive'), undefined);
});

test('waits until the holder releases', async () => {
  const path = newPath();
  const held = await lockFile(path, 'exclusive');
  let released = false;
  setTimeout(() => {
    released = true;
    held.release();
  }, 80);
  using _lock = await lockFile(path, 'exclusive');
  assert.ok(released);
});

test('gives up after its time limit with state-busy, naming the file', async () => {
  const path = newPath();
  using _held = tryLockFile(path, 'exclusive');
  const error = await engineErrorOf(() => lockFile(path, 'shared', {timeoutMs: 30}));
  assert.is(error.code, 'state-busy');
  assert.is(error.message, `another crundle command has held ${path} for too long`);
  assert.is(error.hint, `'fuser -v ${path}' names the process that holds it`);
});

test('stops waiting when its signal aborts', async () => {
  const path = newPath();
  using _held = tryLockFile(path, 'exclusive');
  const error = await engineErrorOf(() => lockFile(path, 'shared', {signal: AbortSignal.timeout(30)}));
  assert.is(error.code, 'cancelled');
});

test('a killed holder leaves no lock', async () => {
  const path = newPath();
  const program = `
    const {tryLockFile} = await import(${JSON.stringify(join(import.meta.dirname, '../../src/system/file-lock.ts'))});
    const lock = tryLockFile(${JSON.stringify(path)}, 'exclusive');
    console.log(lock ? 'held' : 'not held');
    setInterval(() => lock, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await holder.stdout.setEncoding('utf8').take(1).toArray();
  assert.is(line, 'held\n');
  assert.is(tryLockFile(path, 'exclusive'), undefined);
  holder.kill('SIGKILL');
  await sleep(20);
  using lock = await lockFile(path, 'exclusive', {timeoutMs: 5000});
  assert.ok(lock);
});

test.run();
