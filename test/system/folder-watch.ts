import {mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {FolderWatch} from '../../src/system/folder-watch.ts';
import {testHost} from '../support/test-host.ts';

const test = suite<{folder: string}>('watch of a folder');

test.before.each((context) => {
  context.folder = join(mkdtempSync(join(testHost.tmp, 'watch-')), 'watched');
  mkdirSync(context.folder);
});
test.after.each(({folder}) => rmSync(join(folder, '..'), {recursive: true}));

// The change is made before or after it is waited for.
async function isSeen(watch: FolderWatch, change: () => void): Promise<boolean> {
  change();
  const timeout = new AbortController();
  const late = sleep(10_000, false, {signal: timeout.signal}).catch(() => false);
  const seen = await Promise.race([watch.next().then(() => true), late]);
  timeout.abort();
  return seen;
}

// Until nothing comes any more of what was done.
async function settle(watch: FolderWatch): Promise<void> {
  for (let [isQuiet, tries] = [false, 0]; !isQuiet; tries += 1) {
    assert.ok(tries < 10, 'changes go on');
    isQuiet = await Promise.race([watch.next().then(() => false), sleep(1200, true)]);
    if (isQuiet) watch.wake();
  }
  await sleep(10);
}

test('a change and a wake end the wait', async ({folder}) => {
  using watch = new FolderWatch(folder);
  assert.ok(await isSeen(watch, () => writeFileSync(join(folder, 'a'), '')));
  assert.ok(await isSeen(watch, () => watch.wake()));
});

for (const [how, remove] of [
  ['removed', (folder: string) => rmSync(folder, {recursive: true})],
  ['moved away', (folder: string) => renameSync(folder, `${folder}.old`)],
] as const) {
  test(`a folder that is ${how} and made anew is watched on`, async ({folder}) => {
    using watch = new FolderWatch(folder);
    remove(folder);
    mkdirSync(folder);
    await settle(watch);
    for (const name of ['a', 'b']) {
      assert.ok(await isSeen(watch, () => writeFileSync(join(folder, name), '')), name);
      await settle(watch);
    }
  });
}

test('a folder that is not there is looked for', async ({folder}) => {
  rmSync(folder, {recursive: true});
  using watch = new FolderWatch(folder);
  assert.ok(await isSeen(watch, () => undefined), 'now and then');
  mkdirSync(folder);
  await settle(watch);
  assert.ok(await isSeen(watch, () => writeFileSync(join(folder, 'a'), '')));
});

test('what is no folder is refused', ({folder}) => {
  writeFileSync(join(folder, 'file'), '');
  assert.throws(() => new FolderWatch(join(folder, 'file', 'x')), /^ENOTDIR: /);
});

test.run();
