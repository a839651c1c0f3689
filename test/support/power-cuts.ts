// Power cuts in the midst of everything that changes the store: crundle works on a disk, which is cloned at random moments; each
// clone is then what a machine finds when it boots again.
import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {loadConfig} from '../../src/config/config.ts';
import {Engine} from '../../src/engine.ts';
import {CutDisk} from './cut-disk.ts';
import {cutImages} from './cut-images.ts';
import {FakeRegistry} from './fake-registry.ts';
import {detailsOf, lookAt, mend, readStore} from './store-content.ts';
import {crundleOk, makeTestHost, type TestHost, testHost} from './test-host.ts';

export interface CutCounts {
  cuts: number;
  /** Cuts after which not all that the work names was there. */
  partial: number;
  /** Images that were there after a cut, and were compared file by file. */
  images: number;
}

/** Cuts, looks at each, and throws what is not as it should be. */
export async function cutPower({cuts, longestMs}: {cuts: number; longestMs: number}): Promise<CutCounts> {
  await using registry = await FakeRegistry.start();
  const references = cutImages().map((image, index) => registry.put('app', `v${index}`, image));
  const [live, reference, after] = [makeTestHost(), makeTestHost(), makeTestHost()];
  for (const name of references) await crundleOk(['pull', '-q', name], {host: reference});
  const expected = await readStore(reference);
  using disk = new CutDisk(join(testHost.tmp, 'disk'), live.dataRoot);
  const images = await cutWhile(disk, {cuts, longestMs}, () => work(live, references));
  const counts = {cuts: 0, partial: 0, images: 0};
  for (const image of images) {
    disk.mount(image, after.dataRoot);
    // As after a boot.
    rmSync(after.runRoot, {recursive: true, force: true});
    try {
      await using engine = await Engine.open({config: loadConfig({env: after.env}), journal: false});
      const found = await lookAt(engine, expected);
      counts.cuts++;
      counts.images += found;
      if (found < expected.size) counts.partial++;
      await mend(engine, {references, expected});
    } catch (error) {
      throw new Error(`after cut ${counts.cuts} of ${images.length}: ${detailsOf(error)}`, {cause: error});
    } finally {
      disk.unmount(after.dataRoot);
    }
    disk.remove(image);
  }
  return counts;
}

async function cutWhile(
  disk: CutDisk,
  {cuts, longestMs}: {cuts: number; longestMs: number},
  action: () => Promise<void>,
): Promise<string[]> {
  const images: string[] = [];
  let isDone = false;
  const working = (async () => {
    while (!isDone) await action();
  })();
  try {
    while (images.length < cuts) {
      await Promise.race([sleep(Math.random() * longestMs), working]);
      images.push(disk.cut());
    }
  } finally {
    isDone = true;
    await working;
  }
  return images;
}

// All that writes to the store: pulls that share layers, names that go, containers, volumes.
async function work(host: TestHost, references: readonly string[]): Promise<void> {
  const [first = '', second = '', third = ''] = references;
  const ok = (...args: string[]) => crundleOk(args, {host});
  await Promise.all([ok('pull', '-q', first), ok('pull', '-q', second)]);
  const create = ['create', '--network', 'none', '-v', 'kept:/kept', '-v', '/anonymous'];
  const id = await ok(...create, first);
  await ok('tag', first, 'app:other');
  await ok('pull', '-q', third);
  await ok('rename', id, `named-${id.slice(0, 8)}`);
  await ok('rmi', second);
  await ok('rm', '-v', id);
  await ok('volume', 'rm', 'kept');
  await ok('rmi', first, 'app:other', third);
}
