// kill -9 of the CLI at random moments of run, pull and rm: what is left is healed by the next commands, none is lost.
import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {lockFile} from '../../src/system/file-lock.ts';
import {killAtRandomMoments} from '../support/killed-command.ts';
import {processesWith} from '../support/restarting-container.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {
  assertHostClean,
  crundle,
  crundleOk,
  makeTestHost,
  spawnCrundle,
  testHost,
} from '../support/test-host.ts';

const test = suite('kill -9 of the command line');
const {image} = await serveBusybox(test);
const moments = 14;

async function assertUsable(round: number): Promise<void> {
  await crundleOk(['ps', '-a']);
  assert.match(await crundleOk(['images']), /busybox/);
  if (round % 4 !== 0) return;
  assert.is(await crundleOk(['run', '--rm', '--network', 'none', image, 'echo', 'works']), 'works');
}

// conmon may have to finish what a dead command has begun: every look at the host also heals it.
async function assertNothingLeft(): Promise<void> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
    if (ids.length > 0) await crundle(['rm', '-f', ...ids]);
    const left = [
      ...ids.map((id) => `container ${id}`),
      ...entries(testHost.dataRoot, 'containers'),
      ...entries(testHost.dataRoot, 'layers/tmp'),
      ...entries(testHost.runRoot, 'containers'),
      ...entries(testHost.runRoot, 'crun'),
    ];
    if (left.length === 0) break;
    if (Date.now() > deadline) assert.equal(left, []);
    await sleep(50);
  }
  // A command that was killed before its container had a row leaves an empty lock file, which a collection takes.
  await crundleOk(['rmi', image]);
  assert.equal(entries(testHost.runRoot, 'locks'), []);
  await assertHostClean();
  await crundleOk(['pull', '-q', image]);
}

function entries(root: string, folder: string): string[] {
  const path = join(root, folder);
  return existsSync(path) ? readdirSync(path).map((name) => `${folder}/${name}`) : [];
}

test('of run -d: the container runs or is not there, and can be removed', async () => {
  await killAtRandomMoments({
    moments,
    args: () => ['run', '-d', '--stop-signal', 'KILL', '--network', 'none', image, 'sleep', '600'],
    after: assertUsable,
  });
  await assertNothingLeft();
});

test('of run --rm: what it began ends by itself or can be removed, volumes and all', async () => {
  await killAtRandomMoments({
    moments,
    args: () => ['run', '--rm', '--network', 'none', '-v', '/scratch', image, 'sleep', '0.1'],
    after: assertUsable,
  });
  await assertNothingLeft();
  assert.equal(entries(testHost.dataRoot, 'volumes'), []);
});

test('of rm -f: the container is whole or gone, and the next rm -f ends the matter', async () => {
  await killAtRandomMoments({
    moments,
    args: async () => [
      'rm',
      '-f',
      '-v',
      await crundleOk(['run', '-d', '--network', 'none', '-v', '/scratch', image, 'sleep', '600']),
    ],
    after: assertUsable,
  });
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', '-v', ...ids]);
  await assertNothingLeft();
  assert.equal(entries(testHost.dataRoot, 'volumes'), []);
});

test('of pull: the image is whole or not there, and the next pull completes it', async () => {
  const host = makeTestHost();
  await killAtRandomMoments({
    moments,
    args: () => ['pull', '-q', image],
    after: async () => {
      await crundleOk(['ps', '-a'], {host});
      const listed = await crundleOk(['images', '-q'], {host});
      if (listed !== '') {
        assert.is(
          await crundleOk(['run', '--rm', '--network', 'none', image, 'echo', 'works'], {host}),
          'works',
        );
        await crundleOk(['rmi', image], {host});
      }
    },
    host,
  });
  await crundleOk(['pull', '-q', image], {host});
  assert.is(await crundleOk(['run', '--rm', '--network', 'none', image, 'echo', 'works'], {host}), 'works');
  await crundleOk(['rmi', image], {host});
  for (const folder of ['layers', 'images/blobs/sha256', 'images/partial', 'containers'])
    assert.equal(
      entries(host.dataRoot, folder).filter((name) => name !== 'layers/tmp'),
      [],
      folder,
    );
  assert.equal(entries(host.dataRoot, 'layers/tmp'), []);
  await assertHostClean(host);
});

test('of a start before the bundle is written: nothing is made of the last run’s', async () => {
  const id = await crundleOk(['run', '-d', '--stop-signal', 'KILL', image, 'sleep', '1000']);
  await crundleOk(['stop', id]);
  // A start waits for this one when conmon is there and the bundle is not written.
  using lock = await lockFile(join(testHost.runRoot, 'network/lock'), 'exclusive');
  const start = spawnCrundle(['start', id]);
  const conmons = () => processesWith(id).filter(({program}) => program.endsWith('/conmon'));
  while (conmons().length === 0) await sleep(5);
  assert.not(existsSync(join(testHost.dataRoot, 'containers', id, 'config.json')), 'the last run’s is gone');
  const ended = new Promise((resolve) => start.once('exit', resolve));
  start.kill('SIGKILL');
  await ended;
  lock.release();
  // It goes on, and finds nothing to make a container of.
  for (const deadline = Date.now() + 20_000; conmons().length > 0; await sleep(20))
    assert.ok(Date.now() < deadline, 'conmon is there still');
  assert.equal(entries(testHost.runRoot, 'crun'), []);
  assert.is(await crundleOk(['inspect', '-f', '{{.State.Status}}', id]), 'exited');
  await crundleOk(['start', id]);
  await assertNothingLeft();
});

test.run();
