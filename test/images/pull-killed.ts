// A pull that is killed at any moment: the store stays whole, and the next pull goes on.
import {spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {suite} from 'uvu';
import {equal, is, ok} from 'uvu/assert';
import {ImageStore} from '../../src/images/image-store.ts';
import {FakeRegistry} from '../support/fake-registry.ts';
import {makeImage} from '../support/image.ts';
import {makeLayer} from '../support/layer.ts';
import {PullHost} from '../support/pull-host.ts';

const test = suite('pull-killed');
const program = join(import.meta.dirname, '../support/pull-process.ts');
const rounds = 12;

/** Resolves with the exit code, or the signal. */
function pull(root: string, reference: string, killAfterMs?: number): Promise<number | string | null> {
  const child = spawn(process.execPath, [program, root, reference], {stdio: ['ignore', 'ignore', 'inherit']});
  if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  return new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
}

test('kill -9 at any moment costs no image and leaves nothing that the next pull does not use', async () => {
  await using registry = await FakeRegistry.start();
  using host = new PullHost();
  using clean = new PullHost();
  const layers = Array.from({length: 4}, (_, number) =>
    makeLayer([{name: `file-${number}`, content: randomBytes(400_000)}], {compression: 'none'}),
  );
  const first = registry.put('first', '1', makeImage());
  const name = registry.put('app', '1', makeImage({layers}));
  for (const store of [host, clean]) await store.pull(first);
  // Slow enough that kills fall into every part of a pull.
  registry.intercept = ({path}) => (path.includes('/blobs/') ? {delayMs: 20} : undefined);
  let killed = 0;
  for (let round = 0; round < rounds; round++) {
    if ((await pull(host.root, name, 150 + Math.random() * 400)) === 'SIGKILL') killed++;
    const store = new ImageStore(host.store.layout.root);
    const images = await store.list();
    ok(
      images.some(({references}) => references.includes(first)),
      'the image that was there is there',
    );
    equal(await store.listDamaged(), []);
    for (const image of images) {
      for (const chainId of image.chainIds) is(await host.layers.has(chainId), true);
    }
    if (images.length === 2) await store.remove(name, {usersOf: () => []});
  }
  ok(killed > 0, 'no pull was quick enough to end');
  is(await pull(host.root, name), 0);
  await clean.pull(name);
  for (const store of [host.store, clean.store]) await store.collect();
  // Unpacked layers in flight go with the next collection, which is the storage's.
  const frame = (files: string[]) => files.filter((file) => !file.startsWith('layers/tmp/'));
  equal(frame(host.files()), frame(clean.files()));
});

test.run();
