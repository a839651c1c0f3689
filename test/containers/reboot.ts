// What a reboot, a killed conmon or a killed command leaves: the next commands tell the truth and heal it.
import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Registry, startRegistry} from '../support/registry-server.ts';
import {
  assertHostClean,
  crundle,
  crundleOk,
  makeTestHost,
  spawnCrundle,
  type TestHost,
  testHost,
} from '../support/test-host.ts';

const test = suite('reboots and killed helpers');
let registry: Registry;
let image: string;

test.before(async () => {
  registry = await startRegistry();
  image = `${registry.address}/busybox`;
  await crundleOk(['pull', '-q', image]);
});

test.after(async () => {
  await registry.stop();
});

test.after.each(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', '-v', ...ids]);
  await assertHostClean();
});

function conmonOf(id: string, host: TestHost = testHost): number {
  return Number(readFileSync(join(host.runRoot, 'containers', id, 'conmon.pid'), 'utf8'));
}

function pidOf(id: string, host: TestHost = testHost): number {
  return Number(readFileSync(join(host.runRoot, 'containers', id, 'pid'), 'utf8'));
}

// All processes end at once, mounts and the run root are gone, the data root stays.
async function reboot(host: TestHost, ids: string[]): Promise<void> {
  for (const id of ids) {
    process.kill(conmonOf(id, host), 'SIGKILL');
    process.kill(pidOf(id, host), 'SIGKILL');
  }
  await sleep(100);
  for (const id of ids) execFileSync('umount', [join(host.dataRoot, 'containers', id, 'rootfs')]);
  removeCgroups(ids);
  rmSync(host.runRoot, {recursive: true, force: true});
}

function removeCgroups(ids: string[]): void {
  for (const hierarchy of ['', ...readdirSync('/sys/fs/cgroup')]) {
    const parent = join('/sys/fs/cgroup', hierarchy, testHost.cgroupParent);
    if (!existsSync(parent)) continue;
    for (const name of readdirSync(parent))
      if (ids.some((id) => name.includes(id)))
        execFileSync('find', [join(parent, name), '-depth', '-type', 'd', '-delete']);
  }
}

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
  // Looks at the files only: any command would heal, and it is conmon's exit command that has to.
  const containers = join(testHost.dataRoot, 'containers');
  const deadline = Date.now() + 8000;
  while (readdirSync(containers).length > 0 && Date.now() < deadline) await sleep(50);
  assert.equal(readdirSync(containers), []);
  assert.equal(readdirSync(join(testHost.dataRoot, 'volumes')), []);
  assert.is((await crundle(['ps', '-aq'])).stdout, '');
});

test.run();
