// --volumes-from: the mounts of one container in others, and the end of the volumes they share.
import {mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundleOk, testHost} from '../support/test-host.ts';

const test = suite('volumes from others');
const {image} = await serveBusybox(test);
const volumes = join(testHost.dataRoot, 'volumes');
const source = join(testHost.tmp, 'source');

test.before(() => {
  mkdirSync(source);
  writeFileSync(join(source, 'file'), 'of the host');
});
test.after(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', ...ids]);
  await assertHostClean();
});

async function sh(flags: string[], script: string): Promise<string> {
  return await crundleOk(['run', '--rm', '--network', 'none', ...flags, image, 'sh', '-c', script]);
}

/** What mountinfo says of one mount: its options, its type, and what the filesystem is told. */
function mountAt(target: string): string {
  return `awk '$5 == "${target}" {print $6; for (i = 7; i <= NF; i++) if ($i == "-") print $(i + 1), $(i + 3)}' /proc/self/mountinfo`;
}

test('--volumes-from: another’s mounts, read-only when asked for, its own over them', async () => {
  await crundleOk([
    'create',
    '--name',
    'source',
    '-v',
    '/anonymous',
    '-v',
    'named:/named',
    '-v',
    `${source}:/host`,
    image,
  ]);
  assert.is(
    await sh(['--volumes-from', 'source'], 'echo kept >/anonymous/file; cat /host/file; touch /named/x'),
    'of the host',
  );
  assert.is(
    await sh(
      ['--volumes-from', 'source:ro'],
      'cat /anonymous/file; touch /host/x 2>&1; touch /named/y 2>&1; true',
    ),
    'kept\ntouch: /host/x: Read-only file system\ntouch: /named/y: Read-only file system',
  );
  assert.is(
    await sh(['--volumes-from', 'source', '--tmpfs', '/host'], mountAt('/host')),
    'rw,nosuid,nodev,noexec,relatime\ntmpfs rw',
  );
});

test('an anonymous volume goes with the last container that has it', async () => {
  const [{Mounts: mounts, Id: sourceId}] = JSON.parse(await crundleOk(['inspect', 'source']));
  const {Name: name} = mounts.find(({Destination}: {Destination: string}) => Destination === '/anonymous');
  const user = await crundleOk(['create', '--volumes-from', 'source:ro', image]);
  const [{HostConfig, Mounts}] = JSON.parse(await crundleOk(['inspect', user]));
  assert.equal(HostConfig.VolumesFrom, [`${sourceId}:ro`]);
  assert.is(HostConfig.Binds, null);
  assert.equal(
    Mounts.map(({Destination, RW}: {Destination: string; RW: boolean}) => [Destination, RW]).sort(),
    [
      ['/anonymous', false],
      ['/host', false],
      ['/named', false],
    ],
  );
  await crundleOk(['rm', '-v', 'source']);
  assert.ok(readdirSync(volumes).includes(name));
  assert.is(await crundleOk(['start', '-a', user]), '');
  await crundleOk(['rm', '-v', user]);
  assert.not(readdirSync(volumes).includes(name));
  assert.ok(readdirSync(volumes).includes('named'));
});

test.run();
