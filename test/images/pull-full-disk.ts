// Disks that are full before a pull, or become so in the middle of one.
import {randomBytes} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {suite} from 'uvu';
import {equal, is, match, ok} from 'uvu/assert';
import {freeSpace} from '../../src/system/free-space.ts';
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
    new RegExp(
      `^${name} needs about 4 MB in ${host.root}/images, which has [12] MB left \\(1 MB of it stay free\\)$`,
    ),
  );
  for (const {digest} of image.layers) is(registry.asked(digest).length, 0);
  equal(host.files(), []);
});

test('what it will be once it is unpacked counts too', async ({registry, host}) => {
  const plain = makeImage({layers: [layer(450_000)]});
  const name = registry.put('app', '1', plain);
  is((await host.pull(name)).changed, true, 'it and its blob fit');
  await host.store.remove(name, {usersOf: () => []});
  const packed = makeImage({layers: [makeLayer([{name: 'file', content: randomBytes(350_000)}])]});
  const other = registry.put('packed', '1', packed);
  is((await engineErrorOf(() => host.pull(other))).code, 'disk-full');
});

// A megabyte of zeros is a kilobyte in a registry.
const bomb = () => makeLayer([{name: 'zeros', content: Buffer.alloc(4_000_000)}]);

test('a layer that turns out too large ends the pull while some space is left, and gives all back', async ({
  registry,
  host,
}) => {
  const name = registry.put('app', '1', makeImage({layers: [bomb()]}));
  const before = freeSpace(host.root);
  let least = before.freeBytes;
  const timer = setInterval(() => {
    least = Math.min(least, freeSpace(host.root).freeBytes);
  }, 1);
  const error = await engineErrorOf(() => host.pull(name));
  clearInterval(timer);
  is(error.code, 'disk-full');
  match(
    error.message,
    /^cannot unpack layer .*: entry 'zeros': .* is full: \d+ kB are free, and 21 kB stay so/,
  );
  ok(least >= before.reserveBytes, `${least} bytes were left`);
  equal(host.files(), []);
  const small = registry.put('small', '1', makeImage({layers: [layer(1000)]}));
  is((await host.pull(small)).changed, true);
});

test('a download that others leave no room for ends while some space is left', async ({registry, host}) => {
  const name = registry.put('app', '1', makeImage({layers: [layer(200_000)]}));
  // Between the look at the beginning and the bytes somebody fills the disk.
  registry.intercept = ({path}) => {
    if (path.includes('/blobs/') && registry.asked('/blobs/').length === 2) {
      writeFileSync(`${host.root}/other`, Buffer.alloc(freeSpace(host.root).spareBytes));
    }
    return undefined;
  };
  const error = await engineErrorOf(() => host.pull(name));
  is(error.code, 'disk-full');
  ok(freeSpace(host.root).freeBytes > 0);
  equal(host.files(), ['other']);
});

test.run();
