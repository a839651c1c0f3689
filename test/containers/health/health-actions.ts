// --health-on-failure: what becomes of a container that has become unhealthy.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  isHealthy,
  isUnhealthy,
  removeAllChecked,
  runChecked,
  untilCheckers,
  untilHealth,
} from '../../support/checked-container.ts';
import {factsOf, until} from '../../support/restarting-container.ts';
import {serveBusybox} from '../../support/served-busybox.ts';
import {assertHostClean, crundleOk} from '../../support/test-host.ts';

const test = suite('actions on an unhealthy container');
const {image} = await serveBusybox(test);

test.after.each(async () => {
  await removeAllChecked();
  await assertHostClean();
});

async function becomeUnhealthy(...flags: string[]): Promise<void> {
  await runChecked(image, 'web', ...flags);
  await untilHealth('web', isHealthy);
  await crundleOk(['exec', 'web', 'rm', '/ok']);
}

test('none: it goes on', async () => {
  await becomeUnhealthy('--health-on-failure', 'none');
  await untilHealth('web', isUnhealthy);
  assert.is((await factsOf('web')).status, 'running');
});

test('stop ends it, and its restart policy does not act on that', async () => {
  await becomeUnhealthy('--health-on-failure', 'stop', '--restart', 'always');
  assert.is((await until('web', ({status}) => status === 'exited')).exitCode, 137);
  await untilCheckers(0);
  assert.is((await factsOf('web')).status, 'exited');
});

test('kill ends it', async () => {
  await becomeUnhealthy('--health-on-failure', 'kill');
  assert.is((await until('web', ({status}) => status === 'exited')).exitCode, 137);
});

test('after a kill its restart policy decides', async () => {
  await becomeUnhealthy('--health-on-failure', 'kill', '--restart', 'on-failure');
  const {restarts} = await until('web', ({restarts: count, status}) => count === 1 && status === 'running');
  assert.is(restarts, 1);
  await untilHealth('web', isHealthy);
});

test('restart starts it again, as often as it takes', async () => {
  await becomeUnhealthy('--health-on-failure', 'restart');
  const first = await factsOf('web');
  await until('web', ({pid, running}) => running && pid !== first.pid && pid > 0);
  await untilHealth('web', isHealthy);
  await crundleOk(['exec', 'web', 'rm', '/ok']);
  const second = await factsOf('web');
  await until('web', ({pid, running}) => running && pid !== second.pid && pid > 0);
  await untilHealth('web', isHealthy);
  assert.is((await factsOf('web')).restarts, 0);
  assert.is(await crundleOk(['inspect', '-f', '{{.HostConfig.HealthOnFailure}}', 'web']), 'restart');
});

test('an update of limits leaves the check and the action as they are', async () => {
  await becomeUnhealthy('--health-on-failure', 'none');
  await crundleOk(['update', '--cpu-shares', '100', 'web']);
  await crundleOk(['restart', 'web']);
  await untilHealth('web', isHealthy);
});

test.run();
