import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {exitAfter, readExit, waitForExit} from '../../src/runtime/container-exit.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {createRuntimeContainer} from '../support/runtime-container.ts';

const test = suite('container-exit');

test('a container that runs has no exit; one that ended has its code and time', async () => {
  const container = await createRuntimeContainer(['sh', '-c', 'exit 9']);
  assert.is(readExit(container.runFolder, container.id), undefined);
  const started = Date.now();
  const waited = waitForExit(container.runFolder, container.id, container.conmon);
  await container.crun.start(container.id);
  const exit = await waited;
  assert.equal([exit.exitCode, exit.oomKilled, exit.known], [9, false, true]);
  assert.ok(Math.abs(exit.finishedAt.getTime() - started) < 5000);
  assert.equal(readExit(container.runFolder, container.id), exit);
  assert.equal(await waitForExit(container.runFolder, container.id, container.conmon), exit);
  await container.remove();
});

test('many waiters see the end of one container', async () => {
  const container = await createRuntimeContainer(['true']);
  const waits = Array.from({length: 20}, () =>
    waitForExit(container.runFolder, container.id, container.conmon),
  );
  await container.crun.start(container.id);
  for (const {exitCode} of await Promise.all(waits)) assert.is(exitCode, 0);
  await container.remove();
});

test('a killed conmon leaves the exit code unknown: 255', async () => {
  const container = await createRuntimeContainer(['sleep', '1000']);
  await container.crun.start(container.id);
  const waited = waitForExit(container.runFolder, container.id, container.conmon);
  process.kill(container.conmon.pid, 'SIGKILL');
  await container.conmonEnd.wait();
  assert.is((await waited).exitCode, 255);
  assert.is((await waited).known, false);
  assert.is((await container.crun.state(container.id))?.status, 'running', 'the container itself runs on');
  await container.remove();
});

test('a run folder that is gone means that nobody knows', async () => {
  const container = await createRuntimeContainer(['true']);
  await container.crun.start(container.id);
  await container.exit();
  rmSync(container.runFolder, {recursive: true});
  assert.is((await waitForExit(container.runFolder, container.id, container.conmon)).known, false);
  await container.remove();
});

test('waiting can be given up', async () => {
  const container = await createRuntimeContainer(['sleep', '1000']);
  await container.crun.start(container.id);
  const abort = new AbortController();
  const waited = engineErrorOf(() =>
    waitForExit(container.runFolder, container.id, container.conmon, abort.signal),
  );
  await sleep(20);
  abort.abort();
  assert.is((await waited).code, 'cancelled');
  const late = waitForExit(container.runFolder, container.id, container.conmon, abort.signal);
  assert.is((await engineErrorOf(() => late)).code, 'cancelled');
  await container.remove();
});

test('a process that the kernel killed for its memory is told', async () => {
  // busybox's dd takes one block of this size, above the limit.
  const container = await createRuntimeContainer(
    ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=200M', 'count=1'],
    {
      options: {resources: {memoryBytes: 40 * 1024 * 1024}},
    },
  );
  await container.crun.start(container.id);
  const exit = await container.exit();
  assert.equal([exit.exitCode, exit.oomKilled], [137, true]);
  await container.remove();
});

test('the file oom is what tells', async () => {
  const container = await createRuntimeContainer(['true']);
  await container.crun.start(container.id);
  await container.exit();
  writeFileSync(join(container.runFolder, 'oom'), '');
  assert.is(exitAfter(container.runFolder, container.id).oomKilled, true);
  await container.remove();
});

test.run();
