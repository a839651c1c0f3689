// Restart policies and whoever comes in between: a person's stop, kill, rm and start, and kill -9 of who watches or waits.
import {existsSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {conmonOf, pidOf} from '../../support/reboot.ts';
import {
  factsOf,
  processesWith,
  programsLeft,
  runWithPolicy,
  startsOf,
  until,
  untilLongPause,
} from '../../support/restarting-container.ts';
import {serveBusybox} from '../../support/served-busybox.ts';
import {assertHostClean, crundleOk, testHost} from '../../support/test-host.ts';

const test = suite('restarts interrupted');
const {image} = await serveBusybox(test);

test.after.each(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', '-v', ...ids]);
  await assertHostClean();
});

for (const [verb, ...line] of [
  ['stop', 'web'],
  ['kill', 'web'],
  ['kill', '-s', 'TERM', 'web'],
]) {
  test(`${verb} ${line.join(' ')} ends a wait for good, and nobody waits any more`, async () => {
    const id = await runWithPolicy('always', '--name', 'web', image, 'sh', '-c', 'exit 3');
    await untilLongPause('web');
    await crundleOk([verb ?? '', ...line]);
    const facts = await factsOf('web');
    assert.is(facts.status, 'exited');
    assert.is(facts.exitCode, 3);
    assert.equal(await programsLeft(id), []);
    assert.not.ok(existsSync(join(testHost.runRoot, 'containers', id)));
  });
}

test('rm -f ends a wait, and takes the container with all it has', async () => {
  const id = await runWithPolicy('always', '--name', 'web', image, 'sh', '-c', 'exit 3');
  await untilLongPause('web');
  await crundleOk(['rm', '-f', 'web']);
  assert.is(await crundleOk(['ps', '-aq']), '');
  assert.equal(await programsLeft(id), []);
});

for (const verb of ['start', 'restart']) {
  test(`${verb} ends a wait by starting at once, and begins the count anew`, async () => {
    const id = await runWithPolicy('always', '--name', 'web', image, 'sh', '-c', 'exit 3');
    const before = await untilLongPause('web');
    await crundleOk([verb, 'web']);
    const facts = await until('web', ({startedAt}) => startedAt > before.startedAt);
    assert.ok(facts.restarts < before.restarts, `${facts.restarts} restarts after ${before.restarts}`);
    await crundleOk(['rm', '-f', 'web']);
    assert.equal(await programsLeft(id), []);
  });
}

test('what a person stops or kills stays down', async () => {
  for (const line of [['stop'], ['kill'], ['kill', '-s', 'INT']]) {
    await runWithPolicy('always', '--name', 'web', '--init', image, 'sleep', '600');
    await crundleOk([...line, 'web']);
    await until('web', ({status}) => status === 'exited');
    await sleep(400);
    assert.is((await factsOf('web')).status, 'exited', line.join(' '));
    await crundleOk(['start', 'web']);
    process.kill((await factsOf('web')).pid, 'SIGKILL');
    await until('web', ({status, restarts}) => status === 'running' && restarts === 1);
    await crundleOk(['rm', '-f', 'web']);
  }
});

test('after a kill -9 of conmon the next command ends the container, and it is started again', async () => {
  const id = await runWithPolicy('always', '--name', 'web', image, 'sleep', '600');
  const pid = pidOf(id);
  process.kill(conmonOf(id), 'SIGKILL');
  await sleep(100);
  await crundleOk(['ps']);
  assert.not.ok(existsSync(`/proc/${pid}`));
  await until('web', ({restarts, status}) => restarts === 1 && status === 'running');
});

for (const loss of ['was killed', 'was never left']) {
  test(`who waits ${loss}: one 'system heal' has it started in time, with nothing after it`, async () => {
    const id = await runWithPolicy('always', '--name', 'web', image, 'sh', '-c', 'echo up; exit 3');
    await untilLongPause('web');
    for (const {pid} of processesWith(id)) process.kill(-pid, 'SIGKILL');
    if (loss === 'was never left') rmSync(join(testHost.runRoot, 'containers', id, 'waiter.pid'));
    const starts = (await startsOf('web')).length;
    await crundleOk(['system', 'heal']);
    await sleep(5500);
    // 'logs' does not mend anything.
    assert.ok((await startsOf('web')).length > starts, 'nobody has started it');
  });
}

test('who waits may be killed: the next command finds the restart overdue', async () => {
  const id = await runWithPolicy('always', '--name', 'web', image, 'sh', '-c', 'echo up; exit 3');
  await untilLongPause('web');
  for (const {pid} of processesWith(id)) process.kill(-pid, 'SIGKILL');
  const starts = (await startsOf('web')).length;
  // 'logs' does not mend anything: nobody starts it.
  await sleep(5500);
  assert.is((await startsOf('web')).length, starts);
  await crundleOk(['ps']);
  // Its first line of output comes a moment after its start.
  for (let waitedMs = 0; (await startsOf('web')).length === starts && waitedMs < 10_000; waitedMs += 50) {
    await sleep(50);
  }
  assert.is((await startsOf('web')).length, starts + 1);
});

test.run();
