import {mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {syncFolder, writeDurableFile} from '../../src/system/durable-file.ts';
import {testHost} from '../support/test-host.ts';

const test = suite('durable file');
const newFolder = () => mkdtempSync(join(testHost.tmp, 'durable-'));

test('writes text and bytes, private unless told otherwise', async () => {
  const folder = newFolder();
  await writeDurableFile(join(folder, 'text'), 'ü');
  await writeDurableFile(join(folder, 'bytes'), new Uint8Array([0, 255]), 0o644);
  assert.is(readFileSync(join(folder, 'text'), 'utf8'), 'ü');
  assert.equal([...readFileSync(join(folder, 'bytes'))], [0, 255]);
  assert.is(statSync(join(folder, 'text')).mode & 0o777, 0o600);
  assert.is(statSync(join(folder, 'bytes')).mode & 0o777, 0o644);
});

test('replaces the file and leaves no other beside it', async () => {
  const folder = newFolder();
  await writeDurableFile(join(folder, 'file'), 'old');
  await writeDurableFile(join(folder, 'file'), 'new');
  assert.is(readFileSync(join(folder, 'file'), 'utf8'), 'new');
  assert.equal(readdirSync(folder), ['file']);
});

test('of many writers at once, one wins whole', async () => {
  const folder = newFolder();
  const contents = Array.from({length: 20}, (_, index) => String(index).repeat(10_000));
  await Promise.all(contents.map((content) => writeDurableFile(join(folder, 'file'), content)));
  assert.ok(contents.includes(readFileSync(join(folder, 'file'), 'utf8')));
  assert.equal(readdirSync(folder), ['file']);
});

test('a failed write leaves the old state and no temporary file', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'is-a-folder'));
  const error = await writeDurableFile(join(folder, 'is-a-folder'), 'text').catch(
    (caught: unknown) => caught,
  );
  assert.is(codeOf(error), 'EISDIR');
  assert.equal(readdirSync(folder), ['is-a-folder']);
});

test("a missing folder is the caller's mistake", async () => {
  const folder = join(newFolder(), 'missing');
  assert.is(
    codeOf(await writeDurableFile(join(folder, 'file'), '').catch((caught: unknown) => caught)),
    'ENOENT',
  );
  assert.is(codeOf(await syncFolder(folder).catch((caught: unknown) => caught)), 'ENOENT');
});

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

test.run();
