// Devices of run and create, as the container finds them.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk} from '../support/test-host.ts';

const test = suite('devices');
const {image} = await serveBusybox(test);

test.after(async () => await assertHostClean());

async function sh(flags: string[], script: string): Promise<string> {
  return await crundleOk(['run', '--rm', '--network', 'none', ...flags, image, 'sh', '-c', script]);
}

test('--device: a file of the host, under another name, with less access, or a folder of them', async () => {
  assert.match(
    await sh(['--device', '/dev/full:/dev/other:r'], 'ls -l /dev/other'),
    /^crw.* 1, +7 .*\/dev\/other$/,
  );
  assert.is(
    await sh(['--device', '/dev/full:/dev/other:r'], 'echo x >/dev/other || head -c 1 /dev/other | wc -c'),
    '1',
  );
  assert.is(await sh(['--device', '/dev/net'], 'ls /dev/net'), 'tun');
  const rules = await sh(['--device', '/dev/full:rw'], 'cat /sys/fs/cgroup/devices/devices.list');
  assert.ok(
    rules.split('\n').some((rule) => /^c 1:7 rwm?$/.test(rule)),
    rules,
  );
});

test('--device: what is no device, and not there', async () => {
  for (const [path, reason] of [
    ['/dev/absent', 'no such file or directory'],
    ['/etc/passwd', 'not a device node'],
  ]) {
    const {status, stderr} = await crundle([
      'run',
      '--rm',
      '--network',
      'none',
      '--device',
      path ?? '',
      image,
    ]);
    assert.is(status, 125);
    assert.is(
      stderr,
      `Error: error gathering device information while adding custom device "${path}": ${reason}\n`,
    );
  }
  const cdi = await crundle(['run', '--rm', '--device', 'nvidia.com/gpu=all', image]);
  assert.is(cdi.status, 125);
  assert.match(cdi.stderr, /^Error: cannot add the device nvidia.com\/gpu=all: .*CDI/);
});

test('--device-cgroup-rule lets the container use what it makes itself', async () => {
  const rules = await sh(
    ['--device-cgroup-rule', 'c 42:* rw'],
    'grep 42: /sys/fs/cgroup/devices/devices.list',
  );
  assert.is(rules, 'c 42:* rw');
});

test.run();
