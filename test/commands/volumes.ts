// Volumes as a person handles them, with the columns and words of docker 28.
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost} from '../support/test-host.ts';

const test = suite('volume commands');
const {image} = await serveBusybox(test);
const volumesFolder = join(testHost.dataRoot, 'volumes');

test.after.each(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', ...ids]);
  await crundleOk(['volume', 'prune', '-af']);
  assert.equal(readdirSync(volumesFolder), []);
});
test.after(async () => await assertHostClean());

async function fails(args: string[], message: string, status = 1): Promise<void> {
  const result = await crundle(args);
  assert.is(result.stderr.split('\n')[0], message);
  assert.is(result.status, status);
}

test('create prints the name; what is there already stays as it is', async () => {
  assert.is(await crundleOk(['volume', 'create', '--label', 'a=b', '--label', 'c', 'data']), 'data');
  assert.is(await crundleOk(['volume', 'create', '--label', 'other', 'data']), 'data');
  assert.is(await crundleOk(['volume', 'inspect', '-f', '{{json .Labels}}', 'data']), '{"a":"b","c":""}');
  assert.is(await crundleOk(['volume', 'create', '--name', 'old-style', '-d', 'local']), 'old-style');
});

test('a volume without a name is anonymous', async () => {
  const name = await crundleOk(['volume', 'create']);
  assert.match(name, /^[0-9a-f]{64}$/);
  const format = '{{json .Labels}}';
  assert.is(await crundleOk(['volume', 'inspect', '-f', format, name]), '{"com.docker.volume.anonymous":""}');
});

test("inspect has Docker's fields, in Docker's order", async () => {
  await crundleOk(['volume', 'create', 'data']);
  const text = await crundleOk(['volume', 'inspect', 'data']);
  assert.is(
    text.replace(/"CreatedAt": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"/, '"CreatedAt": "TIME"'),
    JSON.stringify(
      [
        {
          CreatedAt: 'TIME',
          Driver: 'local',
          Labels: null,
          Mountpoint: join(volumesFolder, 'data/_data'),
          Name: 'data',
          Options: null,
          Scope: 'local',
        },
      ],
      null,
      4,
    ),
  );
  assert.is(await crundleOk(['inspect', 'data']), text);
  assert.is(await crundleOk(['inspect', '--type', 'volume', '-f', '{{.Name}}', 'data']), 'data');
});

test('what was said of a volume is on the disk when create returns', async () => {
  await crundleOk(['volume', 'create', '--label', 'a=b', 'data']);
  const record = JSON.parse(readFileSync(join(volumesFolder, 'data/volume.json'), 'utf8'));
  assert.equal(record.labels, {a: 'b'});
  assert.ok(Math.abs(Date.parse(record.createdAt) - Date.now()) < 60_000);
});

test('ls shows them in natural order', async () => {
  for (const name of ['v10', 'v2']) await crundleOk(['volume', 'create', '--label', `n=${name}`, name]);
  assert.is(await crundleOk(['volume', 'ls']), 'DRIVER    VOLUME NAME\nlocal     v2\nlocal     v10');
  assert.is(await crundleOk(['volume', 'list', '-q']), 'v2\nv10');
  assert.is(await crundleOk(['volume', 'ls', '-qf', 'label=n=v2']), 'v2');
  assert.is(
    await crundleOk(['volume', 'ls', '--format', 'table {{.Name}}\t{{.Label "n"}}']),
    'VOLUME NAME   n\nv2            v2\nv10           v10',
  );
  const [first = ''] = (await crundleOk(['volume', 'ls', '--format', 'json'])).split('\n');
  assert.is(
    first,
    `{"Availability":"N/A","Driver":"local","Group":"N/A","Labels":"n=v2","Links":"N/A","Mountpoint":"${volumesFolder}/v2/_data","Name":"v2","Scope":"local","Size":"N/A","Status":"N/A"}`,
  );
});

test('one that a container mounts stays, until the container goes', async () => {
  const id = await crundleOk(['create', '-v', 'data:/data', image]);
  assert.is(await crundleOk(['volume', 'ls', '-qf', 'dangling=true']), '');
  for (const flags of [[], ['-f']]) {
    await fails(['volume', 'rm', ...flags, 'data'], `Error: remove data: volume is in use - [${id}]`);
  }
  assert.is(await crundleOk(['volume', 'prune', '-af']), 'Total reclaimed space: 0B');
  await crundleOk(['rm', '-v', id]);
  assert.is(await crundleOk(['volume', 'ls', '-q']), 'data');
  assert.is(await crundleOk(['volume', 'rm', 'data']), 'data');
});

test('a removal and a creation at once: the container has its volume, or there is none', async () => {
  for (let round = 0; round < 8; round++) {
    await crundleOk(['volume', 'create', 'data']);
    const [created, removed] = await Promise.all([
      crundle(['create', '-v', 'data:/data', image]),
      crundle(['volume', 'rm', 'data']),
    ]);
    assert.is(created.status, 0, created.stderr);
    assert.ok(existsSync(join(volumesFolder, 'data/_data')), `rm: ${removed.status} ${removed.stderr}`);
    await crundleOk(['rm', created.stdout.trim()]);
  }
});

test('an anonymous volume goes with its container under --rm and -v, and with prune', async () => {
  await crundleOk(['run', '--rm', '--network', 'none', '-v', '/data', image, 'true']);
  await crundleOk(['rm', '-v', await crundleOk(['create', '-v', '/data', image])]);
  assert.is(await crundleOk(['volume', 'ls', '-q']), '');
  await crundleOk(['rm', await crundleOk(['create', '-v', '/data', image])]);
  await crundleOk(['volume', 'create', 'named']);
  const name = await crundleOk(['volume', 'ls', '-qf', 'name=^[0-9a-f]{64}$']);
  assert.is(
    await crundleOk(['volume', 'prune', '-f']),
    `Deleted Volumes:\n${name}\n\nTotal reclaimed space: 0B`,
  );
  assert.is(await crundleOk(['volume', 'ls', '-q']), 'named');
});

test('an anonymous volume that another container mounts too stays with that one', async () => {
  const first = await crundleOk(['create', '-v', '/data', image]);
  const name = await crundleOk(['volume', 'ls', '-q']);
  const second = await crundleOk(['create', '-v', `${name}:/data`, image]);
  await crundleOk(['rm', '-v', first]);
  assert.is(await crundleOk(['volume', 'ls', '-q']), name);
  await crundleOk(['rm', '-v', second]);
});

test('prune asks, and counts what was in them', async () => {
  await crundleOk([
    'run',
    '--rm',
    '--network',
    'none',
    '-v',
    'data:/data',
    image,
    'sh',
    '-c',
    'echo 12345 >/data/file',
  ]);
  await crundleOk(['volume', 'create', '--label', 'keep', 'kept']);
  const question = (which: string) =>
    `WARNING! This will remove ${which} local volumes not used by at least one container.\nAre you sure you want to continue? [y/N] `;
  assert.is(await crundleOk(['volume', 'prune'], {input: 'n\n'}), question('anonymous'));
  assert.is(
    await crundleOk(['volume', 'prune', '-a', '--filter', 'label!=keep'], {input: 'y\n'}),
    `${question('all')}Deleted Volumes:\ndata\n\nTotal reclaimed space: 6B`,
  );
  assert.is(
    await crundleOk(['volume', 'prune', '-f', '--filter', 'all=true']),
    'Deleted Volumes:\nkept\n\nTotal reclaimed space: 0B',
  );
});

test("failures in Docker's words", async () => {
  await fails(['volume', 'inspect', 'nope'], 'Error: get nope: no such volume');
  await fails(['volume', 'inspect', 'a b'], 'Error: get a b: no such volume');
  await fails(['volume', 'rm', 'nope'], 'Error: get nope: no such volume');
  await fails(['inspect', '--type', 'volume', 'nope'], 'Error: get nope: no such volume');
  assert.equal(await crundle(['volume', 'rm', '-f', 'nope']), {stdout: 'nope\n', stderr: '', status: 0});
  await fails(
    ['volume', 'create', 'x'],
    'Error: create x: volume name is too short, names should be at least two alphanumeric characters',
  );
  await fails(
    ['volume', 'create', '-d', 'nope', 'v1'],
    'Error: create v1: error looking up volume plugin nope: plugin "nope" not found',
  );
  await fails(
    ['volume', 'create', '--name', 'v1', 'v2'],
    'Error: conflicting options: cannot specify a volume-name through both --name and as a positional arg',
  );
  await fails(
    ['volume', 'create', '-o', 'type=nfs', 'v1'],
    'Error: flag -o, --opt is not supported yet',
    125,
  );
  await fails(
    ['volume', 'create', '--label', '=x', 'v1'],
    `Error: invalid argument "=x" for "--label" flag: invalid label '=x': empty name`,
    125,
  );
  await fails(
    ['volume', 'prune', '-a', '--filter', 'all=1'],
    'Error: conflicting options: cannot specify both --all and --filter all=1',
  );
  await fails(['volume', 'prune', '--filter', 'until=1h'], "Error: invalid filter 'until'");
  assert.is(await crundleOk(['volume', 'ls', '-q']), '');
});

test.run();
