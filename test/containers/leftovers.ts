// Records in the middle of a step, whose command is dead: the next look at the containers finishes or undoes the step.
import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {Engine} from '../../src/engine.ts';
import {ContainerRecords} from '../../src/state/container-records.ts';
import {StateDatabase} from '../../src/state/database.ts';
import {newContainer} from '../support/container-record.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, testHost} from '../support/test-host.ts';

const test = suite('what killed commands leave');
const {image} = await serveBusybox(test);
const containers = join(testHost.dataRoot, 'containers');
let engine: Engine;
let state: StateDatabase;
let records: ContainerRecords;

test.before(async () => {
  engine = await Engine.open();
  state = new StateDatabase(join(testHost.dataRoot, 'crundle.db'));
  records = new ContainerRecords(state);
});

test.after(async () => {
  state.close();
  engine.close();
});

test.after.each(async () => {
  for (const {id} of await engine.containers.list()) await engine.containers.remove(id, {force: true});
  assert.equal(readdirSync(containers), []);
  assert.equal(readdirSync(join(testHost.runRoot, 'locks')), []);
  await assertHostClean();
});

async function create(autoRemove = false): Promise<string> {
  return (await engine.containers.create({image, options: {command: ['sleep', '600'], autoRemove}})).id;
}

test('a half-made container is unmade', async () => {
  const container = newContainer('ab');
  records.insert(container);
  mkdirSync(join(containers, container.id), {recursive: true});
  assert.equal(await engine.containers.list(), []);
  assert.not.ok(existsSync(join(containers, container.id)));
  assert.is(records.get(container.id), undefined);
});

test('a start that began nothing is undone, says so, and can be tried again', async () => {
  const id = await create();
  records.move(id, 'starting', {});
  assert.is((await engine.containers.list())[0]?.status, 'created');
  assert.is((await engine.containers.inspect(id)).State.Error, 'the command that started it was interrupted');
  await engine.containers.start(id);
  assert.is((await engine.containers.list())[0]?.status, 'running');
  assert.is((await engine.containers.inspect(id)).State.Error, '');
});

test('an interrupted start of a --rm container removes it', async () => {
  records.move(await create(true), 'starting', {});
  assert.equal(await engine.containers.list(), []);
});

test('a removal that was interrupted is finished', async () => {
  const id = await create();
  records.move(id, 'removing', {});
  assert.equal(await engine.containers.list(), []);
  assert.is(records.get(id), undefined);
});

test('cleaning up after a container that is gone leaves no lock file, and a stray one goes with a collection', async () => {
  const locks = join(testHost.runRoot, 'locks');
  await engine.containers.cleanup('f'.repeat(64));
  assert.equal(readdirSync(locks), []);
  writeFileSync(join(locks, 'e'.repeat(64)), '');
  await engine.images.remove(image);
  assert.equal(readdirSync(locks), []);
});

test.run();
