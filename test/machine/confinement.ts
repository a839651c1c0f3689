// What AppArmor, with the package's profile loaded, keeps from containers. Test hosts have no AppArmor.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {installedForSuite} from '../support/machine/installed.ts';

const test = suite('confinement on arm64');
const {machine, images} = await installedForSuite(test);
const image = `${images}/busybox`;

// What would let it mount, were it not for AppArmor.
const mayMount = '--cap-add SYS_ADMIN --security-opt seccomp=unconfined';
const mounting = 'mount -t tmpfs none /tmp && echo mounted';

test('a container is confined by the profile, and inspect says so', async () => {
  await machine.ok(`crundle run -d -q --name box ${image} sleep 100000`);
  assert.is(await machine.ok('crundle exec box cat /proc/1/attr/current'), 'crundle-default (enforce)');
  assert.is(await machine.ok('crundle exec box cat /proc/self/attr/current'), 'crundle-default (enforce)');
  assert.is(await machine.ok("crundle inspect -f '{{.AppArmorProfile}}' box"), 'crundle-default');
});

test('mounting is denied whatever the capabilities are, unless the profile is switched off', async () => {
  const confined = await machine.run(`crundle run --rm ${mayMount} ${image} sh -c '${mounting}'`);
  assert.is(confined.status, 255);
  assert.match(confined.stderr, 'mount: mounting none on /tmp failed: Permission denied');
  const off = '--security-opt apparmor=unconfined';
  assert.is(await machine.ok(`crundle run --rm ${mayMount} ${off} ${image} sh -c '${mounting}'`), 'mounted');
});

test("the kernel's files are not written, even where they are mounted to be", async () => {
  const open = '--security-opt systempaths=unconfined';
  const line = 'echo 1 >/proc/sys/kernel/panic_on_oops || echo h >/proc/sysrq-trigger || echo denied';
  const {stdout, status} = await machine.run(`crundle run --rm ${open} ${image} sh -c '${line}'`);
  assert.equal({stdout, status}, {stdout: 'denied\n', status: 0});
});

test('a privileged container has no profile', async () => {
  assert.is(
    await machine.ok(`crundle run --rm --privileged ${image} cat /proc/1/attr/current`),
    'unconfined',
  );
});

test('a confined container is stopped as any other', async () => {
  await machine.ok('crundle stop -t 1 box');
  assert.is(await machine.ok("crundle inspect -f '{{.State.Status}}' box"), 'exited');
});

test.run();
