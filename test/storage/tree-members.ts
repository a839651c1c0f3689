// A tree read as an archive, while somebody changes it.
import {execFileSync} from 'node:child_process';
import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type TreeMember, treeMembers} from '../../src/storage/tree-members.ts';
import {setXattr} from '../../src/system/libc.ts';
import {testHost} from '../support/test-host.ts';

const test = suite('members of a tree');
const root = join(testHost.tmp, 'tree');
let fd = -1;

test.before.each(() => {
  mkdirSync(root);
  fd = openSync(root, 'r');
});
test.after.each(() => {
  closeSync(fd);
  rmSync(root, {recursive: true});
});

const told = ({entry: {type, name, linkName}}: TreeMember) =>
  linkName ? `${type} ${name} -> ${linkName}` : `${type} ${name}`;

function read(name = 'top') {
  const leftOut: string[] = [];
  const options = {name, sparse: true, onLeftOut: (one: string) => leftOut.push(one)};
  const members = [...treeMembers({folderFd: fd}, options)];
  return {members, leftOut};
}

test('folders come before what is in them, further names of a file as links', () => {
  mkdirSync(join(root, 'b'));
  writeFileSync(join(root, 'b/f'), 'x');
  linkSync(join(root, 'b/f'), join(root, 'c'));
  symlinkSync('/etc/passwd', join(root, 'a'));
  assert.equal(read().members.map(told), [
    'folder top',
    'symbolic-link top/a -> /etc/passwd',
    'folder top/b',
    'file top/b/f',
    'hard-link top/c -> top/b/f',
  ]);
});

test('a folder that becomes a link while it is read is a link', () => {
  mkdirSync(join(root, 'd'));
  const members = treeMembers({folderFd: fd}, {name: '', sparse: true});
  members.next();
  renameSync(join(root, 'd'), join(root, 'e'));
  symlinkSync('/etc', join(root, 'd'));
  assert.equal([...members].map(told), ['symbolic-link d -> /etc', 'folder e']);
});

test('a file that shrinks while it is read is filled up with zeros', () => {
  writeFileSync(join(root, 'f'), 'abcdef');
  const members = treeMembers({folderFd: fd}, {name: '', sparse: true});
  members.next();
  const {value} = members.next();
  assert.ok(value);
  truncateSync(join(root, 'f'), 3);
  let text = '';
  for (const piece of value.data ?? []) text += piece.toString();
  assert.is(text, 'abc\0\0\0');
  members.return(undefined);
});

test('sockets are left out, and told', async () => {
  const server = createServer().listen(join(root, 's'));
  await new Promise((resolve) => server.once('listening', resolve));
  const {members, leftOut} = read();
  server.close();
  assert.equal(members.map(told), ['folder top']);
  assert.equal(leftOut, ['top/s']);
});

test('holes, attributes, devices and names that are not UTF-8', () => {
  execFileSync('truncate', ['-s', '1G', join(root, 'holes')]);
  execFileSync('sh', [
    '-c',
    `printf data | dd of=${root}/holes bs=1 seek=500000000 conv=notrunc status=none`,
  ]);
  execFileSync('mknod', [join(root, 'null'), 'c', '1', '3']);
  execFileSync('sh', ['-c', 'touch "$1/$(printf "\\377")"', 'sh', root]);
  writeFileSync(join(root, 'x'), '');
  setXattr(join(root, 'x'), 'user.note', Buffer.from([0, 255]));
  const {members} = read('');
  const map = members[1]?.sparse;
  assert.is(map?.realSize, 1024 ** 3);
  assert.is(map?.runs.length, 1);
  const [, holes, device, x, odd] = members.map(({entry}) => entry);
  assert.ok(holes?.dataBytes && holes.dataBytes <= 65536);
  assert.equal([device?.type, device?.major, device?.minor], ['character-device', 1, 3]);
  assert.equal([...(x?.xattrs ?? [])], [['user.note', Buffer.from([0, 255])]]);
  assert.is(odd?.name, '\u00ff');
});

test.run();
