import {mkdtempSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {ContainerRecords} from '../../src/state/container-records.ts';
import {StateDatabase} from '../../src/state/database.ts';
import {migrations} from '../../src/state/migrations.ts';
import {testHost} from '../support/test-host.ts';

const test = suite<{folder: string}>('migrations');

test.before.each((context) => {
  context.folder = mkdtempSync(join(testHost.tmp, 'migrations-'));
});
test.after.each(({folder}) => rmSync(folder, {recursive: true}));

/** A state file as a crundle of that schema has left it. */
function fileOfVersion(path: string, version: number, rows: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(path);
  for (const migration of migrations.slice(0, version)) database.exec(migration);
  rows(database);
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
}

test('2 keeps what the containers of a file of version 1 said of their network', ({folder}) => {
  const path = join(folder, 'crundle.db');
  fileOfVersion(path, 1, (database) => {
    const insert = database.prepare(
      `INSERT INTO containers (id, name, created_at, image, image_id, manifest_digest, chain_ids, image_config,
         command, options, volumes, status)
       VALUES (?, ?, '2026-11-24T10:00:00.000Z', 'i', 'i', 'm', '[]', '{}', '[]', ?, '[]', 'created')`,
    );
    for (const network of ['none', 'host']) {
      insert.run(network, network, JSON.stringify({command: ['sh'], network, tty: true}));
    }
  });
  using state = new StateDatabase(path);
  const records = new ContainerRecords(state);
  for (const kind of ['none', 'host']) {
    assert.equal(records.findByName(kind)?.options, {
      command: ['sh'],
      network: {kind},
      tty: true,
      ports: [],
      exposed: [],
      publishAll: false,
    });
  }
  for (const table of ['networks', 'endpoints', 'published_ports', 'network_facts']) {
    assert.is(state.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n, 0);
  }
});

test('3 keeps the containers of a file of version 2, in their order', ({folder}) => {
  const path = join(folder, 'crundle.db');
  const ids = ['b', 'a', 'c'].map((id) => id.repeat(64));
  fileOfVersion(path, 2, (database) => {
    const insert = database.prepare(
      `INSERT INTO containers (id, name, created_at, image, image_id, manifest_digest, chain_ids, image_config,
         command, options, volumes, status, exit_code, remove_volumes)
       VALUES (?, ?, '2026-11-24T10:00:00.000Z', 'i', 'i', 'm', '[]', '{}', '[]', '{"tty":true}', '[]', 'exited', 3, 1)`,
    );
    for (const id of ids) insert.run(id, `name-${id}`);
  });
  using state = new StateDatabase(path);
  const found = new ContainerRecords(state).list('exited');
  assert.equal(
    found.map(({id}) => id),
    ids.toReversed(),
  );
  for (const record of found) {
    assert.is(record.name, `name-${record.id}`);
    assert.equal(record.options, {tty: true});
    assert.is(record.exitCode, 3);
    assert.is(record.removeVolumes, true);
    assert.is(record.restartCount, 0);
    assert.is(record.restartAt, undefined);
    assert.is(record.stoppedBy, undefined);
  }
  assert.equal(
    state
      .prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'containers_%' ORDER BY name",
      )
      .all(),
    [{name: 'containers_by_status'}].map((row) => Object.assign(Object.create(null), row)),
  );
});

test('4 gives each row a digest, which follows it', ({folder}) => {
  const path = join(folder, 'crundle.db');
  fileOfVersion(path, 3, (database) => {
    database.prepare("INSERT INTO network_facts VALUES ('bridge', 'one')").run();
  });
  using state = new StateDatabase(path);
  const digest = () =>
    state.prepare('SELECT digest, row_digest(name, value) AS wanted FROM network_facts').get();
  const first = digest();
  assert.match(String(first?.digest), /^[0-9a-f]{32}$/);
  assert.is(first?.digest, first?.wanted);
  state.prepare("UPDATE network_facts SET value = 'two'").run();
  assert.is(digest()?.digest, digest()?.wanted);
  assert.is.not(digest()?.digest, first?.digest);
});

test.run();
