// Every bit counts: a flipped one in the state file is found, or nothing that the file says has changed.
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {suite} from 'uvu';
import {equal, is, match, ok} from 'uvu/assert';
import {ContainerRecords} from '../../src/state/container-records.ts';
import {StateDatabase} from '../../src/state/database.ts';
import {checkDatabase} from '../../src/state/database-check.ts';
import {rescueDatabase} from '../../src/state/database-rescue.ts';
import {mount, umount} from '../../src/system/libc.ts';
import {newContainer} from '../support/container-record.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {testHost} from '../support/test-host.ts';

const test = suite<{folder: string; path: string}>('database-check');

const tables = [
  'containers',
  'removed_containers',
  'networks',
  'endpoints',
  'published_ports',
  'network_facts',
];

test.before.each((context) => {
  context.folder = mkdtempSync(join(testHost.tmp, 'database-'));
  context.path = join(context.folder, 'crundle.db');
  using state = new StateDatabase(context.path);
  const records = new ContainerRecords(state);
  for (let index = 0; index < 12; index++)
    records.insert(newContainer(index.toString(16), {command: [`command-${index}`]}));
  const [last] = records.list();
  if (last) records.move(last.id, 'created');
  state.transaction(() => state.prepare("INSERT INTO network_facts VALUES ('a', 'b', NULL)").run());
});

test.after.each(({folder}) => rmSync(folder, {recursive: true}));

function contentOf(path: string): string {
  using state = new StateDatabase(path);
  return JSON.stringify(tables.map((table) => state.prepare(`SELECT * FROM ${table} ORDER BY rowid`).all()));
}

test('a whole file has no problems', ({path}) => {
  equal([checkDatabase(path, {deep: false}), checkDatabase(path, {deep: true})], [[], []]);
  equal(checkDatabase(`${path}-other`, {deep: true}), []);
});

test('a bit flipped anywhere is found, or changes nothing that is read', ({folder, path}) => {
  const before = contentOf(path);
  const bytes = readFileSync(path);
  const damaged = join(folder, 'damaged.db');
  let found = 0;
  for (let at = 0; at < bytes.length; at += at < 100 ? 1 : 151) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    writeFileSync(damaged, changed);
    for (const end of ['-wal', '-shm']) rmSync(damaged + end, {force: true});
    if (checkDatabase(damaged, {deep: true}).length > 0) found++;
    else {
      try {
        is(contentOf(damaged), before, `byte ${at}`);
      } catch (error) {
        // A schema number that is too large is refused by whoever opens it.
        if ((error as {code?: unknown}).code !== 'state-newer') throw error;
      }
    }
  }
  ok(found > 100, `${found}`);
});

test('a file that others keep locked is busy, not damaged', async ({path}) => {
  const holder = new DatabaseSync(path);
  holder.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  try {
    is((await engineErrorOf(() => checkDatabase(path, {deep: false, timeoutMs: 20}))).code, 'state-busy');
  } finally {
    holder.close();
  }
});

test('a rescue that the disk has no space for leaves the damaged file as it was', async ({folder, path}) => {
  const small = join(folder, 'small');
  mkdirSync(small);
  mount('tmpfs', small, 'tmpfs', 0n, 'size=1m');
  try {
    const bytes = readFileSync(path);
    bytes[bytes.indexOf('"command-5"') + 3] = 0;
    writeFileSync(join(small, 'crundle.db'), bytes);
    for (const freeBytes of [0, 8192, 32_768, 65_536]) {
      writeFileSync(
        join(small, 'rest'),
        Buffer.alloc(1_048_576 - freeBytes - Math.ceil(bytes.length / 4096) * 4096),
      );
      const failed = await engineErrorOf(() => rescueDatabase(join(small, 'crundle.db')));
      is(failed.code, 'disk-full');
      equal(readFileSync(join(small, 'crundle.db')), bytes);
      equal(
        readdirSync(small)
          .filter((name) => !name.startsWith('crundle.db-'))
          .sort(),
        ['crundle.db', 'rest'],
      );
    }
    rmSync(join(small, 'rest'));
    is((await rescueDatabase(join(small, 'crundle.db'))).rows.containers, 11);
  } finally {
    umount(small);
  }
});

test('a rescue keeps every row that is whole, and the damaged file', async ({path}) => {
  const bytes = readFileSync(path);
  const at = bytes.indexOf('"command-5"');
  bytes[at + 3] = (bytes[at + 3] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const problems = checkDatabase(path, {deep: false});
  equal(problems.length, 1);
  match(problems[0] ?? '', /^the record \S+ of containers is damaged$/);
  const rescue = await rescueDatabase(path);
  equal([rescue.keptAs, rescue.incomplete, rescue.rows.containers], [`${path}.damaged-1`, [], 11]);
  equal(readFileSync(`${path}.damaged-1`), bytes);
  equal(checkDatabase(path, {deep: true}), []);
});

test('what was written by a crundle without digests in its rows is rescued too', async ({folder, path}) => {
  const old = join(folder, 'old.db');
  copyFileSync(path, old);
  using state = new StateDatabase(old);
  for (const table of tables) {
    for (const when of ['inserted', 'updated']) state.prepare(`DROP TRIGGER ${table}_${when}`).run();
    state.prepare(`ALTER TABLE ${table} DROP COLUMN digest`).run();
  }
  state.prepare('PRAGMA user_version = 3').run();
  state.close();
  equal(checkDatabase(old, {deep: true}), []);
  is((await rescueDatabase(old)).rows.containers, 12);
});

test.run();
