// The arm64 images of the tests, made from Debian's packages and by code, without running an arm64 program. Each maker
// fills a folder with an OCI layout (see fixtures.ts, which keeps them).
import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {mknod, setTimes, setXattr} from '../../src/system/libc.ts';
import {type LayoutImage, writeOciLayout} from './oci-layout.ts';

export const fixtureMakers = {busybox: makeBusybox, awkward: makeAwkward, debian: makeDebian} as const;

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const suite = 'bookworm';

/** Debian's busybox-static with a hard link for each applet: an index of linux/arm64/v8 and a linux/amd64 that cannot run. */
async function makeBusybox(layout: string): Promise<void> {
  await inWorkFolder(async (work) => {
    bootstrap(['busybox-static'], join(work, 'debian.tar'));
    const root = join(work, 'root');
    mkdirSync(root);
    run('tar', ['-xf', join(work, 'debian.tar'), '-C', root, './bin/busybox']);
    const busybox = join(root, 'bin/busybox');
    for (const applet of appletsOf(readFileSync(busybox))) {
      if (applet !== 'busybox') linkSync(busybox, join(root, 'bin', applet));
    }
    for (const folder of [
      'etc',
      'dev',
      'proc',
      'sys',
      'home',
      'usr/bin',
      'usr/sbin',
      'var/spool/mail',
      'var/www',
      'sbin',
    ]) {
      mkdirSync(join(root, folder), {recursive: true});
    }
    mkdirSync(join(root, 'root'), {mode: 0o700});
    mkdirSync(join(root, 'tmp'));
    chmodSync(join(root, 'tmp'), 0o1777);
    writeAccounts(root);
    const config = {Env: [path], Cmd: ['sh']};
    const layers = [pack(root, join(work, 'layer.tar'))];
    await writeOciLayout(layout, [
      {architecture: 'arm64', variant: 'v8', layers, config},
      {architecture: 'amd64', layers, config: {...config, Labels: {'cannot-run': 'true'}}},
    ]);
  });
}

/** The names are one sorted run of strings in the program, which begins with `[` and `[[`. */
function appletsOf(busybox: Buffer): string[] {
  const start = busybox.indexOf('\0[\0[[\0', 0, 'latin1') + 1;
  if (start === 0) throw new Error('busybox holds no table of applets');
  const names: string[] = [];
  for (let at = start; ; ) {
    const end = busybox.indexOf(0, at);
    const name = busybox.toString('latin1', at, end);
    if (!/^[a-z0-9_.[-]+$/.test(name) || name < (names.at(-1) ?? '')) return names;
    names.push(name);
    at = end + 1;
  }
}

/** Everything a layer can hold that is easily lost: whiteouts, opaque folders, links, devices, xattrs, odd times and owners. */
async function makeAwkward(layout: string): Promise<void> {
  await inWorkFolder(async (work) => {
    const layers = [awkwardBase, awkwardMiddle, awkwardTop].map((fill, index) => {
      const root = join(work, `layer-${index}`);
      mkdirSync(root);
      fill(root);
      return pack(root, join(work, `layer-${index}.tar`), fill === awkwardTop ? 'implied' : '');
    });
    const config = {Env: [path], Cmd: ['/bin/none'], User: '3000000:3000001', WorkingDir: '/srv/dir'};
    await writeOciLayout(layout, [{architecture: 'arm64', variant: 'v8', layers, config}]);
  });
}

function awkwardBase(root: string): void {
  write(root, 'gone/file', 'whited out by the middle layer');
  write(root, 'gone-whole/inner/file', 'its folder is whited out by the middle layer');
  write(root, 'opaque/below', 'hidden by an opaque folder');
  write(root, 'opaque/below-folder/file', 'hidden too');
  write(root, 'file-then-folder', 'becomes a folder');
  write(root, 'folder-then-file/inner', 'becomes a file');
  write(root, 'folder-then-link/inner', 'becomes a symlink');
  write(root, 'linked-later', 'the top layer makes a hard link to this');
  write(root, 'implied/mode', 'its folder is 0711 and owned by 7:8');
  chmodSync(join(root, 'implied'), 0o711);
  chownSync(join(root, 'implied'), 7, 8);
  write(root, 'back', 'removed in the middle, back at the top');

  write(root, 'links/original', 'two names');
  linkSync(join(root, 'links/original'), join(root, 'links/second'));
  symlinkSync('original', join(root, 'links/relative'));
  symlinkSync('/etc/passwd', join(root, 'links/absolute'));
  symlinkSync('../../../../outside', join(root, 'links/upwards'));
  symlinkSync('nothing-here', join(root, 'links/dangling'));
  symlinkSync(`/${'t'.repeat(200)}/${'u'.repeat(200)}`, join(root, 'links/long-target'));

  mkdirSync(join(root, 'nodes'));
  mknod(join(root, 'nodes/null'), 0o020666, 1, 3);
  mknod(join(root, 'nodes/large'), 0o060640, 259, 70000);
  mknod(join(root, 'nodes/fifo'), 0o010644, 0, 0);
  write(root, 'nodes/zero-zero-is-no-whiteout', 'a plain file beside');

  for (const [name, mode] of Object.entries({
    setuid: 0o4755,
    setgid: 0o2755,
    sticky: 0o1644,
    none: 0,
    all: 0o7777,
  })) {
    write(root, `modes/${name}`, name);
    chownSync(join(root, 'modes', name), 12, 34);
    chmodSync(join(root, 'modes', name), mode);
  }
  mkdirSync(join(root, 'modes/sticky-folder'));
  chmodSync(join(root, 'modes/sticky-folder'), 0o1777);
  mkdirSync(join(root, 'modes/setgid-folder'));
  chmodSync(join(root, 'modes/setgid-folder'), 0o2770);

  write(root, 'owners/large', 'more than 21 bits, base-256 in ustar');
  chownSync(join(root, 'owners/large'), 3_000_000, 4_000_000_000);
  symlinkSync('large', join(root, 'owners/link'));
  run('chown', ['--no-dereference', '5:6', join(root, 'owners/link')]);
}

function awkwardMiddle(root: string): void {
  write(root, 'gone/.wh.file', '');
  write(root, '.wh.gone-whole', '');
  write(root, 'opaque/.wh..wh..opq', '');
  write(root, 'opaque/above', 'seen');
  write(root, 'file-then-folder/inner', 'was a file');
  write(root, 'folder-then-file', 'was a folder');
  symlinkSync('opaque', join(root, 'folder-then-link'));
  write(root, '.wh.back', '');
  write(root, '.wh.never-was', '');

  write(root, `names/${'n'.repeat(255)}`, 'longest name');
  write(root, `names/${'d'.repeat(120)}/${'e'.repeat(120)}/${'f'.repeat(120)}`, 'long path');
  write(root, 'names/ümläut ☃ 名前', 'UTF-8');
  write(root, 'names/new\nline and "quotes" \\ back', 'odd characters');
  write(root, Buffer.from('names/latin1-\xe9', 'latin1'), 'not UTF-8');

  write(root, 'xattrs/capability', 'cap_net_raw+ep');
  // struct vfs_cap_data, revision 2: binary, with NUL and bytes above 0x7f.
  setXattr(
    join(root, 'xattrs/capability'),
    'security.capability',
    Buffer.from('0100000200200000000000000000000000000000', 'hex'),
  );
  write(root, 'xattrs/user', 'user.* with binary and empty values');
  setXattr(join(root, 'xattrs/user'), 'user.binary', Buffer.from([0, 255, 10, 61, 0, 128]));
  setXattr(join(root, 'xattrs/user'), 'user.empty', Buffer.alloc(0));
  mkdirSync(join(root, 'xattrs/folder'));
  setXattr(join(root, 'xattrs/folder'), 'user.folder', Buffer.from('on a folder'));
}

function awkwardTop(root: string): void {
  write(root, 'back', 'again');
  write(root, 'implied/other', 'this layer names the folder only as a parent');
  write(root, 'times/nanoseconds', 'a time with nanoseconds');
  write(root, 'times/before-1970', 'a negative time');
  write(root, 'times/after-2106', 'a time above 32 bits');
  write(root, 'times/octal-limit', 'a time above 11 octal digits');
  const touch = (name: string, seconds: bigint, nanoseconds: number) =>
    setTimes(join(root, 'times', name), {seconds, nanoseconds}, {seconds, nanoseconds});
  touch('nanoseconds', 1_234_567_890n, 123_456_789);
  touch('before-1970', -1_000_000n, 500_000_000);
  touch('after-2106', 5_000_000_000n, 1);
  touch('octal-limit', 9_000_000_000n, 999_999_999);

  write(root, 'sparse', 'begin');
  truncateSync(join(root, 'sparse'), 50_000_000);
  run('dd', [
    'if=/dev/zero',
    `of=${join(root, 'sparse')}`,
    'bs=4096',
    'count=1',
    'seek=5000',
    'conv=notrunc',
    'status=none',
  ]);
  write(root, 'empty', '');
  write(root, 'srv/dir/here', 'the working folder');
  touch('', 1_000_000_000n, 5);
  writeAccounts(root);
}

/** A real Debian userland, unpacked and not configured: bash, coreutils, curl and libc run in it. Two layers. */
async function makeDebian(layout: string): Promise<void> {
  await inWorkFolder(async (work) => {
    const base = join(work, 'debian.tar');
    bootstrap(
      [
        'bash',
        'base-files',
        'coreutils',
        'curl',
        'dash',
        'findutils',
        'grep',
        'libc-bin',
        'procps',
        'sed',
        'util-linux',
      ],
      base,
    );
    const root = join(work, 'root');
    mkdirSync(root);
    writeAccounts(root);
    const config = {Env: [path], Cmd: ['bash']};
    const layers = [base, pack(root, join(work, 'accounts.tar'))];
    await writeOciLayout(layout, [
      {architecture: 'arm64', variant: 'v8', layers, config},
    ] satisfies LayoutImage[]);
  });
}

function writeAccounts(root: string): void {
  write(
    root,
    'etc/passwd',
    [
      'root:x:0:0:root:/root:/bin/sh',
      'daemon:x:1:1:daemon:/usr/sbin:/bin/false',
      'www-data:x:33:33:www-data:/var/www:/bin/false',
      'alice:x:1000:1000:Alice:/home/alice:/bin/sh',
      'nobody:x:65534:65534:nobody:/nonexistent:/bin/false',
      '',
    ].join('\n'),
  );
  write(
    root,
    'etc/group',
    [
      'root:x:0:',
      'daemon:x:1:',
      'www-data:x:33:',
      'video:x:44:alice',
      'alice:x:1000:',
      'staff:x:1001:alice,root',
      'nogroup:x:65534:',
      '',
    ].join('\n'),
  );
}

// --variant=extract unpacks the packages and runs nothing of them.
function bootstrap(packages: string[], tar: string): void {
  const what = ['--quiet', '--arch=arm64', '--variant=extract', `--include=${packages.join(',')}`];
  run('mmdebstrap', [...what, suite, tar]);
}

// `without` leaves out the entry of one folder but not what is in it.
function pack(root: string, tar: string, without = ''): string {
  const names = execFileSync('find', ['.', '-print0'], {cwd: root, encoding: 'latin1'})
    .split('\0')
    .filter(Boolean);
  const list = names.filter((name) => name !== `./${without}`).sort();
  const format = ['--format=pax', '--xattrs', '--xattrs-include=*', '--numeric-owner', '--sparse'];
  execFileSync('tar', [...format, '--no-recursion', '--null', '-cf', tar, '-C', root, '-T', '-'], {
    input: Buffer.from(list.join('\0'), 'latin1'),
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  return tar;
}

// `path` may be bytes that are not UTF-8.
function write(root: string, path: string | Buffer, text: string): void {
  const full = Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path)]);
  mkdirSync(dirname(full.toString('latin1').replace(/[^\x20-\x7e]/g, '_')), {recursive: true});
  writeFileSync(full, text);
}

async function inWorkFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fixture-'));
  try {
    await use(folder);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

function run(program: string, args: string[]): void {
  execFileSync(program, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {...process.env, LC_ALL: 'C.UTF-8'},
  });
}
