// Disks that are full before a pull, or become so in the middle of one.
import {randomBytes} from 'node:crypto';
import {suite} from 'uvu';
import {equal, is, match} from 'uvu/assert';
import {mount, umount} from '../../src/system/libc.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {FakeRegistry} from '../support/fake-registry.ts';
import {makeImage} from '../support/image.ts';
import {makeLayer} from '../support/layer.ts';
import {PullHost} from '../support/pull-host.ts';
// Refuses to run outside a test host, whose mounts are its own.
import '../support/test-host.ts';

const test = suite<{registry: FakeRegistry; host: PullHost}>('pull-full-disk');

test.before.each(async (context) => {
  context.registry = await FakeRegistry.start();
  context.host = new PullHost();
  mount('none', context.host.root, 'tmpfs', 0n, 'size=1m');
});

test.after.each(async ({registry, host}) => {
  umount(host.root);
  host[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});

const layer = (bytes: number) =>
  makeLayer([{name: 'file', content: randomBytes(bytes)}], {compression: 'none'});

test('an image that cannot fit is refused before its layers are fetched', async ({registry, host}) => {
  const image = makeImage({layers: [layer(800_000), layer(800_000)]});
  const name = registry.put('app', '1', image);
  const error = await engineErrorOf(() => host.pull(name));
  is(error.code, 'disk-full');
  match(
    error.message,
    new RegExp(`^${name} needs at least 2 MB in ${host.root}/images, which has [12] MB left$`),
  );
  for (const {digest} of image.layers) is(registry.asked(digest).length, 0);
  equal(host.files(), []);
});

test('a disk that fills up ends the pull and gets its space back', async ({registry, host}) => {
  // As a blob it fits, and unpacked beside it not.
  const name = registry.put('app', '1', makeImage({layers: [layer(700_000)]}));
  const error = await engineErrorOf(() => host.pull(name));
  is(error.code, 'disk-full');
  equal(host.files(), []);
  const small = registry.put('small', '1', makeImage({layers: [layer(1000)]}));
  is((await host.pull(small)).changed, true);
});

test.run();
