import {type ChildProcess, spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import * as fs from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {isEngineError} from '../../src/errors.ts';
import {getXattr, listXattrs, mknod, mount, setTimes, setXattr, umount} from '../../src/system/libc.ts';
import {VolumeStore} from '../../src/volumes/volume-store.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const test = suite<{folder: string; source: string; store: VolumeStore; data: string}>('volume fill');
test.before.each(async (context) => {
  context.folder = fs.mkdtempSync(join(tmpdir(), 'crundle-fill-'));
  context.source = join(context.folder, 'source');
  fs.mkdirSync(context.source);
  context.store = new VolumeStore(join(context.folder, 'volumes'));
  context.data = (await context.store.create('data')).path;
});
test.after.each(({folder}) => fs.rmSync(folder, {recursive: true}));

// Everything about every file below a folder, the folder itself included, but for its inode number and ctime.
function describeTree(root: string): Record<string, unknown> {
  const firstOfInode = new Map<bigint, string>();
  const tree: Record<string, unknown> = {};
  const visit = (path: string) => {
    const stat = fs.lstatSync(join(root, path), {bigint: true});
    if (!firstOfInode.has(stat.ino)) firstOfInode.set(stat.ino, path);
    tree[path] = {
      mode: stat.mode.toString(8),
      owner: `${stat.uid}:${stat.gid}`,
      mtime: stat.mtimeNs,
      device: stat.rdev,
      sameAs: stat.isDirectory() ? '' : firstOfInode.get(stat.ino),
      xattrs: listXattrs(join(root, path)).map(
        (name) => `${name}=${getXattr(join(root, path), name).toString('hex')}`,
      ),
      content: stat.isFile()
        ? createHash('sha1')
            .update(fs.readFileSync(join(root, path)))
            .digest('hex')
        : '',
      link: stat.isSymbolicLink() ? fs.readlinkSync(join(root, path)) : '',
    };
    if (stat.isDirectory())
      for (const name of fs.readdirSync(join(root, path)).sort()) visit(join(path, name));
  };
  visit('.');
  return tree;
}

// One of everything that an image can hold.
function makeAwkwardTree(root: string): void {
  fs.mkdirSync(join(root, 'folder/deep'), {recursive: true});
  fs.writeFileSync(join(root, 'folder/file'), 'text');
  fs.linkSync(join(root, 'folder/file'), join(root, 'hard link'));
  fs.symlinkSync('/etc/passwd', join(root, 'link'));
  fs.writeFileSync(join(root, 'set-id'), '#!', {mode: 0o755});
  fs.chownSync(join(root, 'set-id'), 33, 34);
  fs.chmodSync(join(root, 'set-id'), 0o6755);
  // VFS_CAP_REVISION_2 with cap_net_bind_service, permitted and effective.
  setXattr(
    join(root, 'set-id'),
    'security.capability',
    Buffer.from('0100000200040000000000000000000000000000', 'hex'),
  );
  setXattr(join(root, 'folder'), 'user.binary', Buffer.from([0, 255, 10]));
  mknod(join(root, 'fifo'), 0o010640, 0, 0);
  mknod(join(root, 'null'), 0o020666, 1, 3);
  fs.writeFileSync(join(root, '-rf *'), '');
  fs.chownSync(root, 70, 71);
  fs.chmodSync(root, 0o1770);
  setXattr(root, 'user.top', Buffer.from('x'));
  setTimes(
    join(root, 'folder/file'),
    {seconds: 1n, nanoseconds: 5},
    {seconds: -1n, nanoseconds: 123_456_789},
  );
  for (const path of ['folder/deep', 'folder', '.']) {
    setTimes(join(root, path), {seconds: 7n, nanoseconds: 0}, {seconds: 1_000_000_000n, nanoseconds: 42});
  }
}

test('an empty volume becomes equal to the folder in the image in all that a file has', async (context) => {
  const {folder, source, store, data} = context;
  makeAwkwardTree(source);
  const expected = describeTree(source);
  assert.is(await store.isEmpty('data'), true);
  await store.fill('data', source);
  assert.equal(describeTree(data), expected);
  assert.equal(fs.readdirSync(join(folder, 'volumes/data')).sort(), ['_data', 'fill.lock', 'volume.json']);
  assert.is(await store.isEmpty('data'), false);
});

test('takes the folder through an open descriptor', async ({source, store, data}) => {
  makeAwkwardTree(source);
  const fd = fs.openSync(source, 'r');
  try {
    await store.fill('data', `/proc/${process.pid}/fd/${fd}`, {durable: false});
  } finally {
    fs.closeSync(fd);
  }
  assert.equal(describeTree(data), describeTree(source));
});

test('an empty folder gives the volume its owner, mode, xattrs and times', async ({source, store, data}) => {
  setXattr(source, 'user.top', Buffer.from('x'));
  fs.chownSync(source, 70, 71);
  fs.chmodSync(source, 0o2775);
  setTimes(source, {seconds: 7n, nanoseconds: 0}, {seconds: -5n, nanoseconds: 42});
  await store.fill('data', source);
  assert.equal(describeTree(data), describeTree(source));
});

test('a volume that holds something is left alone', async ({source, store, data}) => {
  makeAwkwardTree(source);
  fs.writeFileSync(join(data, 'mine'), '');
  const before = describeTree(data);
  await store.fill('data', source);
  assert.equal(describeTree(data), before);
});

test('four fills at the same time make one', async ({source, store, data}) => {
  makeAwkwardTree(source);
  await Promise.all([1, 2, 3, 4].map(() => store.fill('data', source)));
  assert.equal(describeTree(data), describeTree(source));
});

test('a fill that is cancelled leaves the volume empty, and nothing beside it', async ({
  folder,
  source,
  store,
  data,
}) => {
  makeAwkwardTree(source);
  const controller = new AbortController();
  const filling = store.fill('data', source, {signal: controller.signal});
  while (!fs.readdirSync(join(folder, 'volumes/data')).some((name) => name.startsWith('copying')))
    await sleep(1);
  controller.abort();
  try {
    await filling;
    assert.unreachable();
  } catch (error) {
    assert.ok(isEngineError(error, 'cancelled'), String(error));
  }
  assert.equal(fs.readdirSync(data), []);
  assert.equal(fs.readdirSync(join(folder, 'volumes/data')).sort(), ['_data', 'fill.lock', 'volume.json']);
  assert.is(await store.isEmpty('data'), true);
});

test('a file system that cannot keep an xattr is an error that says so, and leaves the volume empty', async (context) => {
  const {folder, source, store, data} = context;
  fs.writeFileSync(join(source, 'file'), '');
  // ramfs has no user xattrs; a private mount would need a process of its own.
  const volume = join(folder, 'volumes/data');
  setXattr(join(source, 'file'), 'user.note', Buffer.from('x'));
  mount('none', volume, 'ramfs', 0n);
  try {
    fs.mkdirSync(data);
    await store.fill('data', source);
    assert.unreachable();
  } catch (error) {
    assert.ok(isEngineError(error, 'program-failed'), String(error));
    assert.match(error.message, /exited with 1: cp: setting attributes? for .*Operation not supported/);
    assert.equal(fs.readdirSync(volume).sort(), ['_data', 'fill.lock']);
    assert.equal(fs.readdirSync(data), []);
  } finally {
    umount(volume);
  }
});

test('a fill killed between copy and move is completed by the next, whose own source does not matter', async (context) => {
  const {folder, source, store, data} = context;
  makeAwkwardTree(source);
  const expected = describeTree(source);
  // As the kill leaves it: the whole copy, two of its entries already moved.
  const copied = join(folder, 'volumes/data/copied');
  fs.renameSync(source, copied);
  for (const name of ['fifo', 'folder']) fs.renameSync(join(copied, name), join(data, name));
  fs.mkdirSync(source);
  assert.is(await store.isEmpty('data'), true);
  await store.fill('data', source);
  const filled = describeTree(data);
  // The moves have changed the time of the copy's own folder; all else is the image's.
  for (const tree of [filled, expected]) delete tree['.'];
  assert.equal(filled, expected);
  assert.is(await store.isEmpty('data'), false);
});

test('what a container wrote into the volume meanwhile stays', async ({folder, store, data}) => {
  const copied = join(folder, 'volumes/data/copied');
  fs.mkdirSync(join(copied, 'folder'), {recursive: true});
  fs.writeFileSync(join(copied, 'file'), 'of the image');
  fs.writeFileSync(join(data, 'file'), 'of the container');
  await store.fill('data', copied);
  assert.is(fs.readFileSync(join(data, 'file'), 'utf8'), 'of the container');
  assert.equal(fs.readdirSync(data).sort(), ['file', 'folder']);
});

// A fill is killed as soon as this many entries stand in the copy, or in _data.
const moments: {where: 'copying' | '_data'; entries: number}[] = [
  {where: 'copying', entries: 0},
  {where: 'copying', entries: 100},
  {where: '_data', entries: 1},
  {where: '_data', entries: 150},
];

test('a fill killed at any moment is made whole by the next, and its cp ends with it', async ({
  folder,
  source,
  store,
}) => {
  for (let index = 0; index < 300; index++)
    fs.writeFileSync(join(source, `${index}`), 'x'.repeat(index * 20));
  fs.mkdirSync(join(source, 'folder/deep'), {recursive: true});
  const expected = describeTree(source);
  const left: string[] = [];
  for (const [round, moment] of moments.entries()) {
    const name = `killed-${round}`;
    const {path} = await store.create(name);
    const child = startFill(folder, name, source);
    const ended = new Promise((resolve) => child.once('close', resolve));
    while (!isReached(join(folder, 'volumes', name), moment) && child.exitCode === null) await sleep(1);
    child.kill('SIGKILL');
    await ended;
    left.push(...fs.readdirSync(join(folder, 'volumes', name)).map((entry) => entry.replace(/\..*/, '')));
    assert.is(await store.isEmpty(name), true, `the kill of round ${round} came too late`);
    await store.fill(name, source, {durable: false});
    const filled = describeTree(path);
    if (moment.where === '_data') for (const tree of [filled, expected]) delete tree['.'];
    assert.equal(filled, expected, `round ${round}`);
    assert.equal(fs.readdirSync(join(folder, 'volumes', name)).sort(), ['_data', 'fill.lock', 'volume.json']);
  }
  assert.ok(left.includes('copying') && left.includes('copied'), `kills hit only ${left.join(' ')}`);
  assert.equal(programsNaming(folder), []);
});

function isReached(volume: string, {where, entries}: (typeof moments)[number]): boolean {
  const folder = fs.readdirSync(volume).find((name) => name.startsWith(where));
  if (folder === undefined) return false;
  try {
    return fs.readdirSync(join(volume, folder)).length >= entries;
  } catch {
    return false; // 'copying' has become 'copied' meanwhile
  }
}

const fillProgram = `
const {VolumeStore} = await import(process.argv[1]);
await new VolumeStore(process.argv[2] + '/volumes').fill(process.argv[3], process.argv[4], {durable: false});
`;

function startFill(folder: string, name: string, source: string): ChildProcess {
  const module = new URL('../../src/volumes/volume-store.ts', import.meta.url).href;
  return spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '-e',
      fillProgram,
      module,
      folder,
      name,
      source,
    ],
    {
      stdio: 'inherit',
    },
  );
}

// Command lines of running programs that work on this test's folder.
function programsNaming(folder: string): string[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== `${process.pid}`)
    .map((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return ''; // ended since the folder was read
      }
    })
    .filter((line) => line.includes(folder));
}

test('a file of the image is no source, and the volume stays as it is', async ({source, store, data}) => {
  const file = join(source, 'file');
  fs.writeFileSync(file, 'text');
  const error = await engineErrorOf(() => store.fill('data', file));
  assert.is(error.code, 'invalid-option');
  assert.is(error.message, 'a volume cannot be mounted over a file of the image');
  assert.equal(fs.readdirSync(data), []);
});

test.run();
