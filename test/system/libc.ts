import {spawn} from 'node:child_process';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  connectSeqpacket,
  getXattr,
  LibcError,
  listXattrs,
  MNT,
  MS,
  mknod,
  mount,
  openAt2,
  RESOLVE,
  setFileTimes,
  setTimes,
  setXattr,
  shutdownSocket,
  syncfs,
  umount,
} from '../../src/system/libc.ts';
import {testHost} from '../support/test-host.ts';

const test = suite('libc');
const newFolder = () => mkdtempSync(join(testHost.tmp, 'libc-'));

function newFile(): string {
  const path = join(newFolder(), 'file');
  writeFileSync(path, '');
  return path;
}

function libcErrorOf(call: () => unknown): LibcError {
  try {
    call();
  } catch (error) {
    if (error instanceof LibcError) return error;
    throw error;
  }
  throw new Error('expected a LibcError');
}

test('an error names the call, the path and the errno', () => {
  const error = libcErrorOf(() => umount('/no/such/folder'));
  assert.is(error.code, 'ENOENT');
  assert.is(error.errno, 2);
  assert.is(error.syscall, 'umount2');
  assert.is(error.path, '/no/such/folder');
  assert.is(error.message, 'umount2 /no/such/folder: no such file or directory');
});

test('mounts with flags and data, and unmounts', () => {
  const folder = newFolder();
  mount('tmpfs', folder, 'tmpfs', MS.nosuid | MS.nodev, 'size=64k,mode=0711');
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((entry) => entry.includes(` ${folder} `));
  assert.match(line ?? '', /nosuid,nodev.* - tmpfs tmpfs .*size=64k,mode=711/);
  umount(folder);
  assert.is(libcErrorOf(() => umount(folder)).code, 'EINVAL');
});

test('a mount in use goes only when detached', () => {
  const folder = newFolder();
  mount('tmpfs', folder, 'tmpfs', 0n);
  const fd = openSync(join(folder, 'open'), 'w');
  assert.is(libcErrorOf(() => umount(folder)).code, 'EBUSY');
  umount(folder, MNT.detach);
  closeSync(fd);
});

test('mount options longer than a page are refused: the kernel would cut them', () => {
  assert.is(
    libcErrorOf(() => mount('tmpfs', newFolder(), 'tmpfs', 0n, `mode=${'0'.repeat(5000)}`)).code,
    'EINVAL',
  );
});

test('makes devices with numbers of any size, and FIFOs', () => {
  const folder = newFolder();
  const numbers: [number, number][] = [
    [1, 3],
    [259, 70_000],
    [4095, 1_048_575],
  ];
  for (const [major, minor] of numbers) {
    const path = join(folder, `${major}-${minor}`);
    mknod(path, constants.S_IFCHR | 0o600, major, minor);
    const {rdev} = lstatSync(path);
    assert.equal([(rdev >>> 8) & 0xfff, (rdev & 0xff) | ((rdev >>> 12) & 0xfff00)], [major, minor]);
  }
  mknod(join(folder, 'fifo'), constants.S_IFIFO | 0o600, 0, 0);
  assert.ok(lstatSync(join(folder, 'fifo')).isFIFO());
  assert.is(libcErrorOf(() => mknod(join(folder, 'fifo'), constants.S_IFIFO, 0, 0)).code, 'EEXIST');
});

test('extended attributes keep binary and empty values', () => {
  const path = newFile();
  const binary = Buffer.from([0, 255, 10, 0]);
  setXattr(path, 'user.binary', binary);
  setXattr(path, 'user.empty', Buffer.alloc(0));
  assert.equal(getXattr(path, 'user.binary'), binary);
  assert.is(getXattr(path, 'user.empty').length, 0);
  assert.equal(listXattrs(path).sort(), ['user.binary', 'user.empty']);
  assert.is(libcErrorOf(() => getXattr(path, 'user.other')).code, 'ENODATA');
});

test("extended attributes are a link's own", () => {
  const path = newFile();
  symlinkSync(path, `${path}-link`);
  setXattr(`${path}-link`, 'trusted.link', Buffer.from('x'));
  assert.equal(listXattrs(path), []);
  assert.equal(listXattrs(`${path}-link`), ['trusted.link']);
});

test('paths may be bytes that are not UTF-8', () => {
  const path = Buffer.concat([Buffer.from(`${newFolder()}/`), Buffer.from([0xe9, 0xff])]);
  writeFileSync(path, '');
  setXattr(path, 'user.name', Buffer.from('value'));
  assert.is(getXattr(path, Buffer.from('user.name')).toString(), 'value');
  assert.is(getXattr(path, 'user.name').toString(), 'value');
});

test('times keep nanoseconds, before 1970 and after 2106, of files and of links', () => {
  const path = newFile();
  symlinkSync('nowhere', `${path}-link`);
  for (const seconds of [1_234_567_890n, -1_000_000n, 9_000_000_000n]) {
    for (const name of [path, `${path}-link`]) {
      setTimes(name, {seconds, nanoseconds: 1}, {seconds, nanoseconds: 999_999_999});
      const {atimeNs, mtimeNs} = lstatSync(name, {bigint: true});
      assert.equal(
        [atimeNs, mtimeNs],
        [seconds * 1_000_000_000n + 1n, seconds * 1_000_000_000n + 999_999_999n],
      );
    }
  }
});

test('times of an open file', () => {
  const fd = openSync(newFile(), 'r');
  setFileTimes(fd, {seconds: 5n, nanoseconds: 6}, {seconds: 7n, nanoseconds: 8});
  const {atimeNs, mtimeNs} = fstatSync(fd, {bigint: true});
  closeSync(fd);
  assert.equal([atimeNs, mtimeNs], [5_000_000_006n, 7_000_000_008n]);
});

test('openat2 keeps links inside the root', () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'etc'));
  writeFileSync(join(folder, 'etc/inside'), 'inside');
  symlinkSync('/etc/inside', join(folder, 'absolute'));
  symlinkSync('../../../../../../etc/inside', join(folder, 'upwards'));
  const root = openSync(folder, constants.O_DIRECTORY);
  for (const name of ['absolute', 'upwards', '../etc/inside']) {
    const fd = openAt2(root, name, constants.O_RDONLY, RESOLVE.inRoot);
    assert.is(readFileSync(fd, 'utf8'), 'inside');
    closeSync(fd);
  }
  assert.is(
    libcErrorOf(() => openAt2(root, '/etc/passwd', constants.O_RDONLY, RESOLVE.inRoot)).code,
    'ENOENT',
  );
  closeSync(root);
});

test('syncfs works on an open descriptor only', () => {
  const fd = openSync(newFile(), 'r');
  syncfs(fd);
  closeSync(fd);
  assert.is(libcErrorOf(() => syncfs(fd)).code, 'EBADF');
});

test('a seqpacket connection keeps the edges of packets', async () => {
  const path = join(testHost.runRoot, 'seqpacket');
  const server = spawn('perl', ['-e', seqpacketServer, path], {stdio: ['ignore', 'pipe', 'inherit']});
  await server.stdout.take(1).toArray();
  const fd = connectSeqpacket(path);
  writeSync(fd, 'one');
  writeSync(fd, 'three');
  const buffer = Buffer.alloc(100);
  const packets = [1, 2].map(() => buffer.toString('utf8', 0, readSync(fd, buffer)));
  assert.equal(packets, ['<one>', '<three>']);
  shutdownSocket(fd, 'write');
  assert.is(readSync(fd, buffer), 0);
  closeSync(fd);
});

// Answers each packet in brackets, until the client writes no more.
const seqpacketServer = `
use Socket; $| = 1;
my ($server, $client, $packet);
socket($server, AF_UNIX, SOCK_SEQPACKET, 0) && bind($server, sockaddr_un($ARGV[0])) && listen($server, 1) or die;
print "ready";
accept($client, $server) or die;
while (defined(recv($client, $packet, 100, 0)) && length $packet) { send($client, "<$packet>", 0) }`;

test('the path of a socket has a limit, and a missing one is refused', () => {
  assert.is(libcErrorOf(() => connectSeqpacket(`/${'x'.repeat(107)}`)).code, 'ENAMETOOLONG');
  assert.is(libcErrorOf(() => connectSeqpacket(`/${'x'.repeat(106)}`)).code, 'ENOENT');
});

test('a hard link shares the attributes of its file', () => {
  const path = newFile();
  linkSync(path, `${path}-second`);
  setXattr(path, 'user.shared', Buffer.from('x'));
  assert.equal(listXattrs(`${path}-second`), ['user.shared']);
});

test.run();
