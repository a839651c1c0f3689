// The first command of a boot. The mark of the boot is taken away under running containers, which look as the last boot's do.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {defaultContainerOptions} from '../../bundles/container-options.ts';
import {Engine, type EngineEvent} from '../../src/engine.ts';
import {ContainerRecords} from '../../src/state/container-records.ts';
import {StateDatabase} from '../../src/state/database.ts';
import {lockFile} from '../../src/system/file-lock.ts';
import {newContainer} from '../support/container-record.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {until} from '../support/restarting-container.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost} from '../support/test-host.ts';

const test = suite('the sweep after a boot');
const {image} = await serveBusybox(test);
const mark = join(testHost.runRoot, 'boot-id');
const always = {name: 'always', maximumRetryCount: 0} as const;
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

async function create(name: string): Promise<string> {
  const options = {command: ['sleep', '600'], restartPolicy: always, network: {kind: 'none' as const}};
  return (await engine.containers.create({image, name, options})).id;
}

/** The first command after a boot; returns what it told. */
async function openAfterBoot(): Promise<EngineEvent[]> {
  rmSync(mark, {force: true});
  const events: EngineEvent[] = [];
  const first = await Engine.open({onEvent: (event) => events.push(event)});
  first.close();
  assert.ok(existsSync(mark));
  return events;
}

test('what cannot be swept is told and left: every other container is, and every command works', async () => {
  const swept = await create('swept');
  await engine.containers.start(swept);
  const orphan = join(testHost.dataRoot, 'containers', 'f'.repeat(64));
  const busy = join(orphan, 'upper');
  mkdirSync(busy, {recursive: true});
  execFileSync('mount', ['-t', 'tmpfs', 'busy', busy]);
  try {
    const told = (await openAfterBoot()).filter(({action}) => action === 'refuse');
    assert.equal(
      told.map(({actor}) => [actor.id, actor.attributes.task, actor.attributes.code]),
      [['f'.repeat(64), 'clean up after', 'permission-denied']],
    );
    assert.is(records.get(swept)?.status, 'exited');
  } finally {
    execFileSync('umount', [busy]);
    rmSync(orphan, {recursive: true});
  }
});

test('a container whose clean-up fails keeps no other from being swept', async () => {
  const first = await create('first');
  const second = await create('second');
  for (const id of [first, second]) await engine.containers.start(id);
  // Newest first: the other one comes after it.
  const busy = join(testHost.runRoot, 'containers', second, 'busy');
  mkdirSync(busy);
  execFileSync('mount', ['-t', 'tmpfs', 'busy', busy]);
  try {
    const told = (await openAfterBoot()).filter(({action}) => action === 'refuse');
    assert.equal(
      told.map(({actor}) => actor.id),
      [second],
    );
    assert.is(records.get(first)?.status, 'exited');
  } finally {
    execFileSync('umount', [busy]);
  }
});

test('a container whose record is lost keeps its files and its layers, and is told of', async () => {
  const id = await create('kept');
  const folder = join(testHost.dataRoot, 'containers', id);
  const copy = join(folder, 'record.json');
  const whole = readFileSync(copy);
  writeFileSync(join(folder, 'upper', 'letter'), 'dear');
  const half = join(testHost.dataRoot, 'containers', 'e'.repeat(64));
  mkdirSync(join(half, 'upper'), {recursive: true});
  writeFileSync(copy, whole.subarray(9));
  state.transaction(() => state.prepare('DELETE FROM containers WHERE id = ?').run(id));
  const told = (await openAfterBoot()).filter(({action}) => action === 'refuse');
  assert.equal(
    told.map(({actor}) => [actor.id, actor.attributes.code]),
    [[id, 'container-damaged']],
  );
  assert.not(existsSync(half));
  await engine.images.remove(image);
  assert.is(readFileSync(join(folder, 'upper', 'letter'), 'utf8'), 'dear');
  writeFileSync(copy, whole);
  await Engine.check({repair: true});
  await engine.containers.start(id);
  assert.is(records.get(id)?.status, 'running');
});

test('without a database, and with containers, no command makes a new one', async () => {
  await create('kept');
  const path = join(testHost.dataRoot, 'crundle.db');
  renameSync(path, `${path}.away`);
  try {
    for (const make of [() => undefined, () => writeFileSync(path, '')]) {
      make();
      const refused = await engineErrorOf(() => Engine.open());
      assert.is(refused.code, 'state-damaged');
      assert.match(refused.hint ?? '', 'crundle system check --repair');
    }
  } finally {
    renameSync(`${path}.away`, path);
  }
});

test('a second command waits for the one that sweeps', async () => {
  rmSync(mark);
  const sweeper = await lockFile(join(testHost.dataRoot, 'store.lock'), 'exclusive');
  let isOpen = false;
  const second = Engine.open().then((opened) => {
    isOpen = true;
    opened.close();
  });
  await sleep(300);
  assert.is(isOpen, false);
  sweeper.release();
  await second;
  assert.ok(existsSync(mark));
});

test('what the sweep has begun and not finished is not started again by its policy', async () => {
  const id = await create('web');
  await engine.containers.start(id);
  records.move(id, 'running', {process: undefined, conmon: undefined});
  await engine.containers.list();
  assert.is(records.get(id)?.status, 'exited');
});

test('a first start that a power cut has ended is brought back by the boot, and no earlier', async () => {
  const id = await create('web');
  records.move(id, 'starting', {});
  await openAfterBoot();
  const record = records.get(id);
  assert.equal([record?.status, record?.exitCode, record?.startedAt], ['exited', 255, undefined]);
  assert.is(record?.error, 'the command that started it was interrupted');
  await engine.system.start({
    onFailure(error) {
      throw error;
    },
  });
  assert.is(records.get(id)?.status, 'running');
});

test('a record without files is told of at boot and left alone', async () => {
  const options = {...defaultContainerOptions(), restartPolicy: always};
  const {id, name} = newContainer('ab', {options});
  records.insert(newContainer('ab', {options}));
  records.move(id, 'created');
  records.move(id, 'starting');
  records.move(id, 'exited', {exitCode: 0});
  const {status, stderr} = await crundle(['system', 'start']);
  assert.is(status, 1);
  const folder = join(testHost.dataRoot, 'containers', id);
  assert.match(
    stderr,
    `cannot start container ${name}: the files of container ${name} are gone from ${folder}`,
  );
  assert.is(records.get(id)?.status, 'exited');
});

test('a folder of the host that is missing at boot is not made: the start is tried again until it is there', async () => {
  const source = join(testHost.tmp, 'usb', 'db');
  mkdirSync(source, {recursive: true});
  const line = [
    'run',
    '-d',
    '--name',
    'db',
    '--restart',
    'always',
    '--network',
    'none',
    '-v',
    `${source}:/db`,
  ];
  await crundleOk([...line, '--stop-signal', 'KILL', image, 'sleep', '600']);
  await crundleOk(['stop', 'db']);
  rmSync(join(source, '..'), {recursive: true});
  const {status, stderr} = await crundle(['system', 'start']);
  assert.is(status, 1);
  assert.match(stderr, `cannot start container db: bind source path does not exist: ${source}`);
  assert.not(existsSync(source));
  mkdirSync(source, {recursive: true});
  await until('db', ({running}) => running);
});

test.run();
