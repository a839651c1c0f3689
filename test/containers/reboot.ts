import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {conmonOf, reboot} from '../support/reboot.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {
  assertHostClean,
  crundle,
  crundleOk,
  makeTestHost,
  spawnCrundle,
  testHost,
} from '../support/test-host.ts';

const test = suite('reboots and killed helpers');
const {image} = await serveBusybox(test);

test.after.each(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', '-v', ...ids]);
  await assertHostClean();
});

test('after a reboot ps shows exited, start works again, and --rm containers are gone', async () => {
  const host = makeTestHost();
  await crundleOk(['pull', '-q', image], {host});
  const run = ['run', '-d', '--network', 'none', '--stop-signal', 'KILL'];
  const kept = await crundleOk([...run, '--name', 'kept', image, 'sleep', '600'], {host});
  const passing = await crundleOk([...run, '--rm', image, 'sleep', '600'], {host});
  await reboot(host, [kept, passing]);
  assert.is(await crundleOk(['ps', '-q'], {host}), '');
  assert.match(
    await crundleOk(['ps', '-a', '--format', '{{.Names}} {{.Status}}'], {host}),
    /^kept Exited \(255\)[^\n]*$/,
  );
  assert.equal(readdirSync(join(host.dataRoot, 'containers')), [kept]);
  await crundleOk(['start', 'kept'], {host});
  assert.is(await crundleOk(['ps', '-q', '--no-trunc'], {host}), kept);
  await crundleOk(['rm', '-f', 'kept'], {host});
  assert.equal(readdirSync(join(host.dataRoot, 'containers')), []);
  await assertHostClean(host);
});

test('without its conmon a container counts as ended, and its processes are ended', async () => {
  const id = await crundleOk(['run', '-d', '--network', 'none', image, 'sleep', '600']);
  process.kill(conmonOf(id), 'SIGKILL');
  await sleep(100);
  assert.match(await crundleOk(['ps', '-a', '--format', '{{.Status}}']), /^Exited \(255\)/);
  await assertHostClean();
  await crundleOk(['start', id]);
  assert.is(await crundleOk(['ps', '-q', '--no-trunc']), id);
});

test('run --rm whose command line was killed is removed when the container ends', async () => {
  const child = spawnCrundle([
    'run',
    '--rm',
    '--network',
    'none',
    '-v',
    '/scratch',
    image,
    'sh',
    '-c',
    'echo up; sleep 1',
  ]);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  child.kill('SIGKILL');
  await exited;
  assert.is((await crundleOk(['ps', '-q'])).length, 12);
  // Looks at the files only: any command would heal, and it is conmon's exit command that has to. The locks go last, after
  // the folders, the volumes and the row.
  const deadline = Date.now() + 8000;
  while (readdirSync(join(testHost.runRoot, 'locks')).length > 0 && Date.now() < deadline) await sleep(50);
  for (const folder of ['containers', 'volumes'])
    assert.equal(readdirSync(join(testHost.dataRoot, folder)), [], folder);
  assert.is((await crundle(['ps', '-aq'])).stdout, '');
});

test.run();
