// HEALTHCHECK of images, and what the flags of run make of it.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  healthOf,
  isHealthy,
  isUnhealthy,
  removeAllChecked,
  untilCheckers,
  untilHealth,
} from '../../support/checked-container.ts';
import {pushBusybox} from '../../support/pushed-image.ts';
import {type Registry, startRegistry} from '../../support/registry-server.ts';
import {assertHostClean, crundle, crundleOk} from '../../support/test-host.ts';

const test = suite('health checks of images');
const second = 1e9;
let registry: Registry;
let image: string;

test.before(async () => {
  registry = await startRegistry({writable: true});
  image = await pushBusybox(registry.address, 'checked', {
    Healthcheck: {Test: ['CMD', 'cat', '/etc/hostname'], Interval: 0.2 * second, Retries: 1},
  });
});

test.after(async () => await registry.stop());

test.after.each(async () => {
  await removeAllChecked();
  await assertHostClean();
});

async function run(from: string, ...flags: string[]): Promise<unknown> {
  const common = ['run', '-d', '--network', 'none', '--name', 'web', '--hostname', 'box'];
  await crundleOk([...common, ...flags, from, 'sleep', '1000']);
  return JSON.parse(await crundleOk(['inspect', '-f', '{{json .Config.Healthcheck}}', 'web']));
}

test('the image’s is what is checked, without a shell', async () => {
  assert.equal(await run(image), {
    Test: ['CMD', 'cat', '/etc/hostname'],
    Interval: 0.2 * second,
    Retries: 1,
  });
  assert.is((await untilHealth('web', isHealthy)).Log[0]?.Output, 'box\n');
});

test('each flag replaces one field of it', async () => {
  assert.equal(await run(image, '--health-cmd', 'echo mine; false', '--health-timeout', '3s'), {
    Test: ['CMD-SHELL', 'echo mine; false'],
    Interval: 0.2 * second,
    Timeout: 3 * second,
    Retries: 1,
  });
  const {Log: log, FailingStreak: failures} = await untilHealth('web', isUnhealthy);
  assert.is(log[0]?.Output, 'mine\n');
  assert.ok(failures >= 1);
});

test('--no-healthcheck turns it off', async () => {
  assert.equal(await run(image, '--no-healthcheck'), {
    Test: ['NONE'],
    Interval: 0.2 * second,
    Retries: 1,
  });
  assert.is(await healthOf('web'), undefined);
  assert.match(await crundleOk(['ps', '--format', '{{.Status}}']), /^Up [^(]*$/);
  await untilCheckers(0);
});

test('so does NONE in the image; a flag turns it on', async () => {
  const none = await pushBusybox(registry.address, 'none', {Healthcheck: {Test: ['NONE']}});
  await run(none);
  assert.is(await healthOf('web'), undefined);
  await crundleOk(['rm', '-f', 'web']);
  await run(none, '--health-cmd', 'true', '--health-interval', '100ms');
  await untilHealth('web', isHealthy);
});

test('a program that is not there is a failure that says so', async () => {
  const absent = await pushBusybox(registry.address, 'absent', {
    Healthcheck: {Test: ['CMD', '/absent', 'x'], Interval: 0.1 * second, Retries: 1},
  });
  await run(absent);
  const [result] = (await untilHealth('web', isUnhealthy)).Log;
  assert.is(result?.ExitCode, -1);
  assert.is(result?.Output, 'exec: "/absent": no such file or directory');
});

test('an action is taken for the image’s check too', async () => {
  const refused = await crundle(['create', '--no-healthcheck', '--health-on-failure', 'kill', image]);
  assert.match(refused.stderr, /^Error: cannot set on-failure action to kill without a health check\n/);
  assert.is(refused.status, 1);
  await crundleOk(['create', '--health-on-failure', 'kill', image]);
});

test.run();
