// `system stop` beside starts.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {withContainerLock} from '../../src/containers/container-lock.ts';
import {Engine} from '../../src/engine.ts';
import {ContainerRecords} from '../../src/state/container-records.ts';
import {StateDatabase} from '../../src/state/database.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, testHost} from '../support/test-host.ts';

const test = suite('stopping all containers');
const {image} = await serveBusybox(test);
let engine: Engine;
let state: StateDatabase;
let records: ContainerRecords;

test.before(async () => {
  engine = await Engine.open();
  state = new StateDatabase(join(testHost.dataRoot, 'crundle.db'));
  records = new ContainerRecords(state);
});

test.after(() => {
  state.close();
  engine.close();
});

test.after.each(async () => {
  for (const {id} of await engine.containers.list()) await engine.containers.remove(id, {force: true});
  await assertHostClean();
});

async function create(stopTimeoutSeconds: number): Promise<string> {
  const options = {command: ['sleep', '600'], stopTimeoutSeconds, network: {kind: 'none' as const}};
  return (await engine.containers.create({image, options})).id;
}

async function stopAll(): Promise<void> {
  await engine.system.stop({
    onFailure(error) {
      throw error;
    },
  });
}

test('a start that waits for systemd, which waits for the stop, is made to fail', async () => {
  const id = await create(0);
  // Where systemd is init and stops crundle.service, a start stands still like this one, and holds the container's lock.
  const systemdRun = spawn('/bin/sh', ['-c', 'read line', '--', '/usr/bin/conmon', id], {
    argv0: '/usr/bin/systemd-run',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const start = withContainerLock(testHost, id, async () => {
    records.move(id, 'starting');
    await once(systemdRun, 'exit');
    records.move(id, 'created');
  });
  while (records.get(id)?.status !== 'starting') await sleep(10);
  const began = performance.now();
  await stopAll();
  await start;
  assert.ok(performance.now() - began < 15_000);
  assert.is(systemdRun.signalCode, 'SIGKILL');
  assert.is(records.get(id)?.status, 'created');
});

test('what is started while others are being stopped is stopped too', async () => {
  // PID 1 does not hear SIGTERM.
  const [slow, late] = [await create(3), await create(0)];
  await engine.containers.start(slow);
  const stopping = stopAll();
  await sleep(500);
  await engine.containers.start(late);
  await stopping;
  assert.is(records.get(slow)?.status, 'exited');
  assert.is(records.get(late)?.status, 'exited');
});

test.run();
