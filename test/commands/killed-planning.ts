// kill -9 of explain and bundle while their root filesystem is mounted: the next command takes all of it away.
import {mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {MNT, mount, umount} from '../../src/system/libc.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, spawnCrundle, testHost} from '../support/test-host.ts';

const test = suite('kill -9 of explain and bundle');
const {image} = await serveBusybox(test);
const {dataRoot, runRoot, tmp} = testHost;

test.after(async () => {
  await assertHostClean();
});

const mounted = (kind: string) =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(` ${dataRoot}/${kind}-`));
const folders = (kind: string) =>
  [dataRoot, runRoot].flatMap((root) => readdirSync(root).filter((name) => name.startsWith(`${kind}-`)));

/** Kills it while something is mounted. */
async function killMounted(kind: string, args: string[]): Promise<void> {
  for (let tries = 0; mounted(kind).length === 0 && tries < 20; tries++) {
    const child = spawnCrundle(args);
    const closed = new Promise((resolve) => child.once('exit', resolve));
    child.stdout?.resume();
    child.stderr?.resume();
    while (mounted(kind).length === 0 && child.exitCode === null) await sleep(1);
    child.kill('SIGKILL');
    await closed;
  }
  assert.ok(mounted(kind).length > 0, 'it was never killed while something was mounted');
  assert.ok(folders(kind).length > 0);
}

function assertNothingLeft(kind: string): void {
  assert.equal(mounted(kind), []);
  assert.equal(folders(kind), []);
}

test('explain: the next one takes away what is left, and so does a boot', async () => {
  await killMounted('explain', ['explain', 'run', image, 'true']);
  await crundleOk(['explain', 'run', image, 'true']);
  assertNothingLeft('explain');
  await killMounted('explain', ['explain', 'run', image, 'true']);
  rmSync(join(runRoot, 'boot-id'));
  await crundleOk(['ps']);
  assertNothingLeft('explain');
});

test('bundle: the next one takes away what is left in the data root; beside the folder there is what the docs name', async () => {
  await killMounted('bundle', ['bundle', '--network', 'none', '-o', join(tmp, 'killed'), image]);
  await crundleOk(['bundle', '--network', 'none', '-o', join(tmp, 'whole'), image]);
  assertNothingLeft('bundle');
  const beside = readdirSync(tmp).filter((name) => name.includes('killed'));
  for (const name of beside) assert.match(name, /^\.killed-[\w-]{6}$/);
  for (const name of beside) rmSync(join(tmp, name), {recursive: true});
});

test('bundle: a link to an empty folder is followed, one that leads nowhere and a mount point are refused', async () => {
  const bundle = (folder: string) => crundle(['bundle', '--network', 'none', '-o', folder, image]);
  const [target = '', link = '', dangling = '', disk = ''] = ['target', 'link', 'dangling', 'disk'].map(
    (name) => join(tmp, name),
  );
  mkdirSync(target);
  symlinkSync(target, link);
  symlinkSync('/not/there', dangling);
  assert.equal(await bundle(link), {status: 0, stdout: `${link}\n`, stderr: ''});
  assert.equal(readdirSync(target).sort(), ['config.json', 'rootfs']);
  assert.equal(await bundle(dangling), {
    status: 125,
    stdout: '',
    stderr: `Error: cannot write a bundle to ${dangling}: it is a link that leads nowhere\nHint: name a folder that is not there yet\n`,
  });
  mkdirSync(disk);
  mount('disk', disk, 'tmpfs', 0n);
  try {
    assert.equal(await bundle(disk), {
      status: 125,
      stdout: '',
      stderr: `Error: cannot write a bundle to ${disk}: something is mounted there\nHint: name a folder in it: what is mounted cannot be replaced\n`,
    });
  } finally {
    umount(disk, MNT.detach);
  }
});

test.run();
