import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {StateDatabase} from '../../src/state/database.ts';
import {migrations} from '../../src/state/migrations.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {crundleOk, makeTestHost, testHost} from '../support/test-host.ts';

const test = suite<{path: string; folder: string}>('state database');

test.before.each((context) => {
  context.folder = mkdtempSync(join(testHost.tmp, 'state-'));
  context.path = join(context.folder, 'deep', 'crundle.db');
});

test.after.each(({folder}) => rmSync(folder, {recursive: true}));

test('makes the file and its folder, and brings it to the newest schema', ({path}) => {
  using state = new StateDatabase(path);
  assert.is(state.prepare('PRAGMA user_version').get()?.user_version, migrations.length);
  assert.is(state.prepare('PRAGMA journal_mode').get()?.journal_mode, 'wal');
});

test('nobody but its owner reads the file, nor the log and the shared memory beside it', ({path}) => {
  const umask = process.umask(0);
  try {
    using state = new StateDatabase(path);
    state.transaction(() =>
      state.prepare("INSERT INTO removed_containers (id, exit_code, oom_killed) VALUES ('a', 1, 0)").run(),
    );
    const folder = dirname(path);
    const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]);
    assert.equal(Object.fromEntries(modes), {
      'crundle.db': 0o600,
      'crundle.db-shm': 0o600,
      'crundle.db-wal': 0o600,
    });
  } finally {
    process.umask(umask);
  }
});

test('a transaction that throws changes nothing', ({path}) => {
  using state = new StateDatabase(path);
  const insert = () =>
    state.prepare("INSERT INTO removed_containers (id, exit_code, oom_killed) VALUES ('a', 1, 0)").run();
  assert.throws(
    () =>
      state.transaction(() => {
        insert();
        throw new Error('no');
      }),
    'no',
  );
  assert.is(state.prepare('SELECT count(*) AS n FROM removed_containers').get()?.n, 0);
  state.transaction(insert, {durable: true});
  assert.is(state.prepare('SELECT count(*) AS n FROM removed_containers').get()?.n, 1);
});

test('refuses a file of a newer crundle and leaves it as it is', async ({path}) => {
  {
    using state = new StateDatabase(path);
    state.prepare('PRAGMA user_version = 99').run();
  }
  const error = await engineErrorOf(() => new StateDatabase(path));
  assert.is(error.code, 'state-newer');
  assert.is(
    error.message,
    `${path} was written by a newer crundle (schema 99, this one knows ${migrations.length})`,
  );
  assert.throws(() => new StateDatabase(path), /schema 99/);
});

test('a command that was there before an upgrade writes nothing into a file of the newer crundle', async ({
  path,
}) => {
  using state = new StateDatabase(path);
  using newer = new StateDatabase(path);
  newer.prepare('PRAGMA user_version = 99').run();
  const insert = () =>
    state.prepare("INSERT INTO removed_containers (id, exit_code, oom_killed) VALUES ('a', 1, 0)").run();
  const error = await engineErrorOf(() => state.transaction(insert));
  assert.is(error.code, 'state-newer');
  assert.is(state.prepare('SELECT count(*) AS n FROM removed_containers').get()?.n, 0);
});

// As packaging/ does before it installs an older crundle, without SQLite (https://www.sqlite.org/fileformat2.html, offset 60).
test('the header of a file that a command has made holds the version of its schema', async () => {
  const host = makeTestHost();
  await crundleOk(['ps'], {host});
  assert.is(readFileSync(join(host.dataRoot, 'crundle.db')).readUInt32BE(60), migrations.length);
});

test('says which file is damaged', async ({folder}) => {
  const damaged = join(folder, 'crundle.db');
  writeFileSync(damaged, 'no database, and long enough to be seen as none by SQLite itself '.repeat(20));
  const error = await engineErrorOf(() => new StateDatabase(damaged));
  assert.is(error.code, 'state-damaged');
  assert.is(error.message, `the state file ${damaged} is damaged: file is not a database`);
});

test.run();
