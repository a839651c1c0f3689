import {linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {treeSize} from '../../src/system/tree-size.ts';

const test = suite<{folder: string}>('tree size');

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'tree-'));
});
test.after.each(({folder}) => rmSync(folder, {recursive: true, force: true}));

test('counts files in all folders, links by their target, and no folders', async ({folder}) => {
  mkdirSync(join(folder, 'a/b'), {recursive: true});
  writeFileSync(join(folder, 'one'), 'x'.repeat(1000));
  writeFileSync(join(folder, 'a/b/two'), 'x'.repeat(234));
  symlinkSync('12345', join(folder, 'a/link'));
  assert.is(await treeSize(folder), 1239);
});

test('a file with several names counts once', async ({folder}) => {
  writeFileSync(join(folder, 'one'), 'x'.repeat(1000));
  linkSync(join(folder, 'one'), join(folder, 'two'));
  assert.is(await treeSize(folder), 1000);
});

test('a name that is not UTF-8 is found', async ({folder}) => {
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe])]), 'abc');
  assert.is(await treeSize(folder), 3);
});

test('what is not there holds nothing', async ({folder}) => {
  assert.is(await treeSize(join(folder, 'absent')), 0);
});

test.run();
