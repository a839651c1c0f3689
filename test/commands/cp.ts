// `cp` where Docker is no measure: what a hostile container or archive gains, what is kept of files, what a kill leaves.
import {execFileSync, spawnSync} from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {getXattr, setXattr} from '../../src/system/libc.ts';
import {makeLayer} from '../support/layer.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {
  assertHostClean,
  crundle,
  crundleOk,
  crundlePath,
  spawnCrundle,
  testHost,
} from '../support/test-host.ts';

const test = suite('cp');
const {image} = await serveBusybox(test);
const folder = join(testHost.tmp, 'cp');
const own = join(folder, 'own');

const cp = (...args: string[]) => crundle(['cp', ...args], {cwd: folder});
const cpOk = (...args: string[]) => crundleOk(['cp', ...args], {cwd: folder});

/** Unpacks an archive with these entries in the container's /t. */
function unpack(container: string, entries: Parameters<typeof makeLayer>[0]) {
  const archive = makeLayer(entries, {compression: 'none'}).tar;
  const {status, stderr} = spawnSync(crundlePath, ['cp', '-', `${container}:/t`], {input: archive});
  return {status, stderr: stderr.toString()};
}

test.before(async () => {
  mkdirSync(join(own, 'folder'), {recursive: true});
  writeFileSync(join(own, 'file'), 'mine\n');
  await crundleOk(['create', '--name', 'still', image, 'sleep', '1000']);
  const volumes = ['-v', 'data:/data', '-v', 'fixed:/deep/fixed:ro', '--tmpfs', '/scratch'];
  await crundleOk(['run', '-d', '--name', 'live', ...volumes, image, 'sleep', '1000']);
  const hostile =
    'mkdir /t; ln -s / /t/root; ln -s /etc /t/etc; ln -s ../../../../../.. /t/up; ln -s /proc/1/root /t/magic';
  await crundleOk(['exec', 'live', 'sh', '-c', hostile]);
  await cpOk('own/folder', 'still:/t');
});
test.after(async () => {
  await crundleOk(['rm', '-f', 'still', 'live']);
  await crundleOk(['volume', 'rm', 'data', 'fixed']);
  rmSync(folder, {recursive: true});
  await assertHostClean();
});

test('no link of a container leads out of it', async () => {
  const marker = join(own, 'file');
  for (const way of ['root', 'up', 'magic']) {
    const {status, stderr} = await cp(`live:/t/${way}${marker}`, 'stolen');
    assert.is(status, 1, way);
    assert.match(
      stderr,
      way === 'magic' ? /system call|could not find|too many/i : /could not find the file/,
    );
  }
  await cpOk('own/file', 'live:/t/up/planted');
  assert.is(existsSync('/planted'), false);
  assert.is(await crundleOk(['exec', 'live', 'cat', '/planted']), 'mine');
  await cpOk('-L', 'live:/t/etc/passwd', 'passwd');
  assert.not.equal(readFileSync(join(folder, 'passwd'), 'utf8'), readFileSync('/etc/passwd', 'utf8'));
});

test('a container that swaps folders and links all the time leads no copy out of it', async () => {
  const outside = join(testHost.tmp, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'secret');
  const swap = `mkdir -p /race/a; cd /race; echo own >a/secret; while [ ! -e stop ]; do mv a b; ln -s ${outside} a; rm a; mv b a; done`;
  await crundleOk(['exec', '-d', 'live', 'sh', '-c', swap]);
  while ((await cp('live:/race', 'first')).status !== 0) await sleep(10);
  for (let round = 0; round < 8; round++) {
    const [out] = await Promise.all([
      cp('live:/race/a/secret', 'raced'),
      cp('own/file', 'live:/race/a/planted'),
    ]);
    if (out.status === 0) assert.is(readFileSync(join(folder, 'raced'), 'utf8'), 'own\n');
  }
  await crundleOk(['exec', 'live', 'touch', '/race/stop']);
  assert.equal(readdirSync(outside), ['secret']);
});

test('an archive writes through its own links, but only into the container', async () => {
  const link = {name: 'out', type: 'symbolic-link' as const, linkName: testHost.tmp};
  assert.equal(unpack('live', [link, {name: 'out/evil', content: 'x'}]).status, 1);
  assert.is(existsSync(join(testHost.tmp, 'evil')), false);
  const inside = {name: 'in', type: 'symbolic-link' as const, linkName: '/tmp'};
  assert.equal(unpack('live', [inside, {name: 'in/fine', content: 'x'}]), {status: 0, stderr: ''});
  assert.is(await crundleOk(['exec', 'live', 'cat', '/tmp/fine']), 'x');
});

test('an archive that names what is outside is refused, and so is one that is none', () => {
  const outside = unpack('live', [{name: '../../evil', content: 'x'}]);
  assert.equal(outside, {
    status: 1,
    stderr: "Error: cannot unpack into live:/t: '../../evil' is outside of /t\n",
  });
  const linked = unpack('live', [{name: 'l', type: 'hard-link', linkName: '../../etc/passwd'}]);
  assert.match(linked.stderr, /'..\/..\/etc\/passwd' is outside of \/t/);
  const {status, stderr} = spawnSync(crundlePath, ['cp', '-', 'live:/t'], {input: 'garbage'});
  assert.is(stderr.toString(), 'Error: cannot unpack into live:/t: the archive is cut short\n');
  assert.is(status, 1);
});

test('a link of the host in the way of a folder from a container is not followed', async () => {
  mkdirSync(join(folder, 'target/t'), {recursive: true});
  symlinkSync(own, join(folder, 'target/t/inner'));
  await crundleOk(['exec', 'live', 'sh', '-c', 'mkdir -p /n/t/inner; echo evil >/n/t/inner/file']);
  const {status, stderr} = await cp('live:/n/t', 'target');
  assert.is(status, 1);
  assert.match(stderr, /cannot overwrite non-directory ".*\/target\/t\/inner" with directory/);
  assert.is(readFileSync(join(own, 'file'), 'utf8'), 'mine\n');
});

test('a read-only volume below what is written to is refused; tmpfs is not seen', async () => {
  mkdirSync(join(folder, 'nested/fixed'), {recursive: true});
  writeFileSync(join(folder, 'nested/fixed/f'), '');
  const {stderr} = await cp('nested/.', 'live:/deep');
  assert.is(stderr, 'Error: cannot copy, at live:/deep: a part of it is read-only\n');
  const below = await cp('own/file', 'live:/scratch/below');
  assert.is(
    below.stderr,
    'WARNING: the container does not see it: its own /scratch is mounted over what was copied to /scratch/below\n',
  );
  assert.is(await crundleOk(['exec', 'live', 'ls', '/scratch']), '');
});

test('times, attributes, holes and links stay what they are, both ways', async () => {
  mkdirSync(join(folder, 'exact'));
  const file = join(folder, 'exact/file');
  writeFileSync(file, '');
  setXattr(file, 'user.note', Buffer.from([0, 1, 255]));
  execFileSync('truncate', ['-s', '2G', join(folder, 'exact/holes')]);
  execFileSync('touch', ['-d', '2001-02-03 04:05:06.789012345', file, join(folder, 'exact')]);
  await cpOk('exact', 'still:/t/exact');
  await cpOk('still:/t/exact', 'back');
  assert.equal(getXattr(join(folder, 'back/file'), 'user.note'), Buffer.from([0, 1, 255]));
  const holes = statSync(join(folder, 'back/holes'));
  assert.ok(holes.size === 2 * 1024 ** 3 && holes.blocks < 100, `${holes.size} ${holes.blocks}`);
  for (const name of ['back', 'back/file']) {
    assert.is(lstatSync(join(folder, name), {bigint: true}).mtimeNs, 981173106789012345n);
  }
});

test('a socket is left out with a warning', async () => {
  const server = createServer().listen(join(own, 'folder/socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  const {status, stderr} = await cp('own/folder', 'still:/t/s');
  server.close();
  assert.equal([status, stderr], [0, 'WARNING: s/socket is a socket, and was left out\n']);
});

test('success is told on a terminal', () => {
  const line = `${crundlePath} cp own/file still:/t/f; ${crundlePath} cp -q own/file still:/t/f; ${crundlePath} cp still:/t/f got`;
  const screen = execFileSync('script', ['-qec', line, '/dev/null'], {cwd: folder, encoding: 'utf8'});
  assert.equal(screen.split('\r\n'), [
    'Successfully copied 2.05kB to still:/t/f',
    `Successfully copied 2.05kB to ${folder}/got`,
    '',
  ]);
});

test('a killed copy into a container that does not run leaves nothing mounted, and it can start', async () => {
  const child = spawnCrundle(['cp', '-', 'still:/t'], {input: ''});
  const archive = makeLayer([{name: 'part', content: Buffer.alloc(1024 * 1024)}], {compression: 'none'}).tar;
  child.stdin?.write(archive.subarray(0, 512 * 1024));
  const {id} = JSON.parse(
    await crundleOk(['ps', '-a', '--no-trunc', '--filter', 'name=still', '--format', '{"id":"{{.ID}}"}']),
  );
  const container = join(testHost.dataRoot, 'containers', id);
  while (!existsSync(join(container, 'upper/t/part')) && child.exitCode === null) await sleep(10);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('close', resolve));
  assert.not.match(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(container));
  await crundleOk(['start', 'still']);
  assert.match(await crundleOk(['exec', 'still', 'ls', '/t']), /part/);
});

/** `cp` of a file that is longer than what its pipe takes, whose reader waits. */
async function waitingCopy(container: string) {
  const child = spawnCrundle(['cp', `${container}:/large`, '-']);
  await new Promise((resolve) => child.stdout?.once('readable', resolve));
  const closed = new Promise((resolve) => child.once('close', resolve));
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      child.stdout?.resume();
      await closed;
    },
  };
}

test('a copy keeps its container from being started, but not from ending or being removed', async () => {
  writeFileSync(join(folder, 'large'), Buffer.alloc(4 * 1024 * 1024, 'x'));
  await crundleOk(['create', '--name', 'idle', image, 'true']);
  await crundleOk(['run', '-d', '--init', '--name', 'busy', image, 'sleep', '1000']);
  for (const name of ['idle', 'busy']) await cpOk('large', `${name}:/large`);
  const busy = () => crundleOk(['inspect', '-f', '{{.State.Status}} {{.State.Pid}}', 'busy']);
  const before = await busy();
  {
    await using _idle = await waitingCopy('idle');
    await using _busy = await waitingCopy('busy');
    const refused = await Promise.all([crundle(['start', 'idle']), crundle(['restart', 'busy'])]);
    assert.is(await busy(), before);
    await Promise.all([crundleOk(['rm', 'idle']), crundleOk(['stop', 'busy'])]);
    refused.push(await crundle(['start', 'busy']));
    for (const [index, name] of ['idle', 'busy', 'busy'].entries()) {
      const {status, stderr} = refused[index] ?? {};
      const words = `cannot start container ${name}: its files are being copied\nHint: `;
      assert.is(status, 1);
      assert.is(stderr?.includes(words), true, stderr);
    }
  }
  await crundleOk(['start', 'busy']);
  assert.is(await crundleOk(['exec', 'busy', 'wc', '-c', '/large']), '4194304 /large');
  await crundleOk(['rm', '-f', 'busy']);
  assert.equal(readdirSync(join(testHost.runRoot, 'locks')).filter((name) => /viewers/.test(name)).length, 2);
});

test('copies are told as events', async () => {
  const events = await crundleOk(['events', '--since', '1h', '--until', '0s', '--format', '{{.Action}}']);
  assert.match(events, /^archive-path$/m);
  assert.match(events, /^extract-to-dir$/m);
});

test.run();
