// Two commands on one container, and verbs that come before any `ps` has put the records right.
import {readFileSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type ContainerOptions, Engine} from '../../src/engine.ts';
import {identifyProcess} from '../../src/system/process-identity.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, testHost} from '../support/test-host.ts';

const test = suite('two commands on one container');
const {image} = await serveBusybox(test);
let engine: Engine;

test.before(async () => {
  engine = await Engine.open();
});

test.after(async () => {
  engine.close();
});

test.after.each(async () => {
  for (const {id} of await engine.containers.list())
    await engine.containers.remove(id, {force: true, volumes: true});
  await assertHostClean();
});

async function create(options: Partial<ContainerOptions> = {}): Promise<string> {
  return (await engine.containers.create({image, options: {command: ['sleep', '1000'], ...options}})).id;
}

test('a forced removal beside a start removes', async () => {
  for (let round = 0; round < 8; round++) {
    const id = await create();
    const [, removal] = await Promise.all([
      crundle(['start', id]),
      sleep(round * 10).then(() => crundle(['rm', '-f', id])),
    ]);
    assert.is(removal.status, 0, removal.stderr);
    assert.equal(await engine.containers.list(), []);
  }
});

test('a container whose conmon was killed is removed without being asked for first', async () => {
  const id = await create();
  await engine.containers.start(id);
  const conmon = Number(readFileSync(join(testHost.runRoot, 'containers', id, 'conmon.pid'), 'utf8'));
  process.kill(conmon, 'SIGKILL');
  while (identifyProcess(conmon)) await sleep(5);
  await engine.containers.remove(id);
  assert.equal(await engine.containers.list(), []);
});

test('a restart keeps a --rm container, whose next end removes it', async () => {
  const id = await create({autoRemove: true});
  await engine.containers.start(id);
  await engine.containers.restart(id, {timeoutSeconds: 0});
  assert.is((await engine.containers.inspect(id)).State.Status, 'running');
  await engine.containers.kill(id);
  await engine.containers.wait(id);
  assert.equal(await engine.containers.list(), []);
});

test('a bind source that is a link to nowhere is named, and nothing stays mounted', async () => {
  const link = join(testHost.tmp, 'nowhere');
  symlinkSync('/does/not/exist', link);
  const mount = {type: 'bind', source: link, target: '/b', readOnly: false, propagation: 'rprivate'} as const;
  const id = await create({mounts: [mount]});
  const error = await engineErrorOf(() => engine.containers.start(id));
  assert.is(error.code, 'invalid-option');
  assert.is(error.message, `cannot mount ${link}: it is not there and cannot be made (ENOENT)`);
});

test.run();
