// The file of `-o`: whole or as it was, and whose fault it is when it cannot be written.
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import {equal, instance, is, match} from 'uvu/assert';
import {writeOutputFile} from '../../../src/cli/output/output-file.ts';
import {UsageError} from '../../../src/cli/usage-error.ts';
import {mount, umount} from '../../../src/system/libc.ts';

const test = suite<{folder: string}>('output-file');

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'output-file-'));
});
test.after.each(({folder}) => rmSync(folder, {recursive: true}));

async function failureOf(path: string, pieces: AsyncIterable<Uint8Array>): Promise<unknown> {
  return await writeOutputFile(path, pieces, 'failed to save image').then(
    () => undefined,
    (error: unknown) => error,
  );
}

test('what the source fails with is passed on as it is, and the file is as it was', async ({folder}) => {
  const path = join(folder, 'out');
  writeFileSync(path, 'before');
  async function* pieces() {
    yield Buffer.from('half');
    // Reading a folder: as a disk that fails, an error of a system call.
    yield await readFile(folder);
  }
  const error = await failureOf(path, pieces());
  is(error instanceof UsageError, false);
  match(String(error), /EISDIR/);
  equal([readFileSync(path, 'utf8'), readdirSync(folder)], ['before', ['out']]);
});

test('a full disk has a hint of its own', async ({folder}) => {
  async function* pieces() {
    for (let count = 0; count < 100; count++) yield Buffer.alloc(4096, 'x');
  }
  mount('tmpfs', folder, 'tmpfs', 0n, 'size=64k');
  try {
    const error = await failureOf(join(folder, 'out'), pieces());
    instance(error, UsageError);
    if (!(error instanceof UsageError)) return;
    match(error.message, /^failed to save image: no space left on device/);
    is(error.hint, 'free some space there, or name a file on another disk');
    equal(readdirSync(folder), []);
  } finally {
    umount(folder);
  }
});

test.run();
