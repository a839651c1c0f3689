import {mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import {equal, is, throws} from 'uvu/assert';
import {errnoOf, isEngineError} from '../../src/errors.ts';
import {openFileInRoot, openInRoot, readFileInRoot} from '../../src/storage/in-root.ts';
import {mknod} from '../../src/system/libc.ts';

const test = suite<{outside: string; root: string}>('in-root');

test.before.each((context) => {
  context.outside = mkdtempSync(join(tmpdir(), 'in-root-'));
  context.root = join(context.outside, 'root');
  mkdirSync(join(context.root, 'etc'), {recursive: true});
  writeFileSync(join(context.outside, 'secret'), 'outside');
  writeFileSync(join(context.root, 'secret'), 'inside');
  writeFileSync(join(context.root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\n');
});

test.after.each((context) => rmSync(context.outside, {recursive: true}));

const read = (root: string, path: string) => readFileInRoot(root, path, {maxBytes: 1000});

test('reads a file by its absolute or relative path', ({root}) => {
  equal(read(root, '/etc/passwd'), 'root:x:0:0::/:/bin/sh\n');
  equal(read(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\n');
});

test('an absolute link is resolved inside the root', ({root}) => {
  symlinkSync('/secret', join(root, 'etc/absolute'));
  equal(read(root, '/etc/absolute'), 'inside');
});

test('a link with .. stops at the root', ({root, outside}) => {
  symlinkSync('../../../../secret', join(root, 'etc/climbing'));
  symlinkSync(join(outside, 'secret'), join(root, 'etc/host'));
  equal(read(root, '/etc/climbing'), 'inside');
  equal(read(root, '/../../secret'), 'inside');
  is(read(root, '/etc/host'), undefined);
});

test('a linked folder on the way is resolved inside the root', ({root}) => {
  symlinkSync('/etc', join(root, 'conf'));
  equal(read(root, '/conf/passwd'), 'root:x:0:0::/:/bin/sh\n');
});

test('a magic link of proc is not followed', ({root}) => {
  const fd = openInRoot('/proc/self', 'status');
  is(readFileSync(fd, 'utf8').startsWith('Name:'), true);
  is(read('/proc/self', 'exe'), undefined);
  is(read('/proc/self', `root${root}/secret`), undefined);
});

test('what is not there, a folder, a loop and a FIFO give undefined', ({root}) => {
  symlinkSync('loop', join(root, 'loop'));
  mknod(join(root, 'pipe'), 0o010600, 0, 0);
  for (const path of ['/none', '/etc', '/loop', '/pipe', '/etc/passwd/x', '/none/x']) {
    is(read(root, path), undefined, path);
    if (path !== '/etc') is(openFileInRoot(root, path), undefined, path);
  }
});

test('a device is refused without opening it', ({root}) => {
  mknod(join(root, 'null'), 0o020666, 1, 3);
  throws(
    () => openInRoot(root, '/null'),
    (error: unknown) => errnoOf(error) === 'ENXIO',
  );
});

test('a file larger than the limit is an error, one of exactly the limit is not', ({root}) => {
  writeFileSync(join(root, 'full'), 'x'.repeat(1000));
  writeFileSync(join(root, 'over'), 'x'.repeat(1001));
  is(read(root, '/full')?.length, 1000);
  throws(
    () => read(root, '/over'),
    (error: unknown) =>
      isEngineError(error, 'not-supported') &&
      error.message === '/over in the image is larger than 1000 bytes',
  );
});

test.run();
