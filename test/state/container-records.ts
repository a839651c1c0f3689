import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {ContainerRecords} from '../../src/state/container-records.ts';
import {StateDatabase} from '../../src/state/database.ts';
import {newContainer} from '../support/container-record.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {testHost} from '../support/test-host.ts';

const test = suite<{folder: string; path: string; state: StateDatabase; records: ContainerRecords}>(
  'container records',
);

test.before.each((context) => {
  context.folder = mkdtempSync(join(testHost.tmp, 'records-'));
  context.path = join(context.folder, 'crundle.db');
  context.state = new StateDatabase(context.path);
  context.records = new ContainerRecords(context.state);
});

test.after.each(({folder, state}) => {
  state.close();
  rmSync(folder, {recursive: true});
});

test('gives back what was put in, and no more', ({records}) => {
  const container = newContainer('a', {
    volumes: [{name: 'v', target: '/v', readOnly: true, anonymous: false}],
  });
  records.insert(container);
  assert.equal(records.get(container.id), {
    ...container,
    status: 'creating',
    process: undefined,
    conmon: undefined,
    startedAt: undefined,
    finishedAt: undefined,
    exitCode: undefined,
    oomKilled: false,
    error: undefined,
    removeVolumes: false,
    restartCount: 0,
    restartDelayMs: 0,
    restartAt: undefined,
    stoppedBy: undefined,
  });
});

test('keeps processes and times through the statuses', ({records}) => {
  const {id} = newContainer('a');
  records.insert(newContainer('a'));
  const identity = {pid: 7, startTime: 99};
  const startedAt = new Date('2026-11-24T10:00:00.123Z');
  for (const status of ['created', 'starting'] as const) records.move(id, status);
  records.move(id, 'running', {process: identity, conmon: identity, startedAt});
  assert.equal(records.get(id)?.process, identity);
  assert.equal(records.get(id)?.startedAt, startedAt);
  records.move(id, 'exited', {process: undefined, exitCode: 3, oomKilled: true});
  assert.is(records.get(id)?.process, undefined);
  assert.is(records.get(id)?.exitCode, 3);
  assert.is(records.get(id)?.oomKilled, true);
});

test('keeps when a container is to be started again, and why it is not', ({records}) => {
  const {id} = newContainer('a');
  const restart = {restartCount: 2, restartDelayMs: 200, restartAt: new Date('2026-11-24T10:00:00.123Z')};
  records.insert(newContainer('a'));
  for (const status of ['created', 'starting', 'running'] as const) records.move(id, status);
  records.move(id, 'restarting', restart);
  const {restartCount, restartDelayMs, restartAt} = records.get(id) ?? {};
  assert.equal({restartCount, restartDelayMs, restartAt}, restart);
  records.move(id, 'exited', {restartAt: undefined, stoppedBy: 'person'});
  assert.is(records.get(id)?.restartAt, undefined);
  assert.is(records.get(id)?.stoppedBy, 'person');
});

test("a stop is marked while the container runs, and a person's mark stays", ({records}) => {
  const {id} = newContainer('a');
  records.insert(newContainer('a'));
  for (const status of ['created', 'starting'] as const) records.move(id, status);
  assert.is(records.markStopped(id, 'person'), false);
  assert.is(records.get(id)?.stoppedBy, undefined);
  records.move(id, 'running');
  assert.is(records.markStopped(id, 'system'), true);
  assert.is(records.get(id)?.stoppedBy, 'system');
  records.markStopped(id, 'person');
  records.markStopped(id, 'system');
  assert.is(records.get(id)?.stoppedBy, 'person');
});

test('a move that the diagram lacks is a bug and changes nothing', ({records}) => {
  const {id} = newContainer('a');
  records.insert(newContainer('a'));
  assert.throws(() => records.move(id, 'running'), `container ${id} cannot go from creating to running`);
  assert.is(records.get(id)?.status, 'creating');
  assert.is(records.move('0'.repeat(64), 'created'), false);
});

test('refuses a name that is taken and names the holder', async ({records}) => {
  records.insert(newContainer('a', {name: 'web'}));
  const error = await engineErrorOf(() => records.insert(newContainer('b', {name: 'web'})));
  assert.is(error.code, 'container-name-in-use');
  assert.is(
    error.message,
    `the container name "/web" is already in use by container ${newContainer('a').id}`,
  );
  assert.is(records.list().length, 1);
});

test('finds by prefix: none, one, or two to show that it is ambiguous', ({records}) => {
  for (const id of ['ab1', 'ab2', 'c']) records.insert(newContainer(id));
  assert.equal(records.findByIdPrefix('ab').length, 2);
  assert.equal(
    records.findByIdPrefix('ab1').map(({id}) => id),
    [newContainer('ab1').id],
  );
  assert.equal(records.findByIdPrefix('d'), []);
  assert.equal(records.findByIdPrefix('*'), []);
});

test('remembers how a removed container ended, if it ever ran', ({records}) => {
  for (const id of ['a', 'b']) {
    records.insert(newContainer(id));
    records.move(newContainer(id).id, 'created');
  }
  const [a, b] = [newContainer('a').id, newContainer('b').id];
  records.move(a, 'starting');
  records.move(a, 'exited', {exitCode: 5});
  for (const id of [a, b, a]) records.delete(id);
  assert.equal(records.exitOfRemoved(a), {exitCode: 5, oomKilled: false});
  assert.is(records.exitOfRemoved(b), undefined);
});

test('two hundred commands at once on a new file neither lose a row nor deadlock', async ({folder}) => {
  const path = join(folder, 'shared', 'crundle.db');
  const script = join(folder, 'insert.ts');
  writeFileSync(
    script,
    `import {ContainerRecords} from '${join(import.meta.dirname, '../../src/state/container-records.ts')}';
     import {StateDatabase} from '${join(import.meta.dirname, '../../src/state/database.ts')}';
     import {newContainer} from '${join(import.meta.dirname, '../support/container-record.ts')}';
     const state = new StateDatabase(${JSON.stringify(path)});
     const records = new ContainerRecords(state);
     const container = newContainer(process.argv[2]);
     records.insert(container);
     records.move(container.id, 'created', {}, {durable: true});
     state.close();`,
  );
  const statuses = await Promise.all(
    Array.from({length: 200}, async (_, n) => {
      const child = spawn(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', script, n.toString(16).padStart(4, '0')],
        {stdio: 'inherit'},
      );
      const [status] = await once(child, 'exit');
      return status;
    }),
  );
  assert.equal(new Set(statuses), new Set([0]));
  using state = new StateDatabase(path);
  assert.is(new ContainerRecords(state).list('created').length, 200);
});

test.run();
