// Health checks where systemd runs: the process that probes has a scope of its own, is brought back when it was killed, and goes
// on after a reboot.
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {installedForSuite} from '../support/machine/installed.ts';

const test = suite('health checks on an arm64 machine');
const {machine, images} = await installedForSuite(test);
const image = `${images}/busybox`;
await machine.ok(`crundle pull -q ${image}`);

const checkers = async () =>
  (await machine.ok("pgrep -f '^crundle system health' || true")).split('\n').filter(Boolean);

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    if (await holds()) return;
    await sleep(500);
  }
  throw new Error(
    `not so after a minute: ${what}; ${await machine.ok('journalctl -t crundle --output=cat')}`,
  );
}

const status = () => machine.ok("crundle inspect --format '{{.State.Health.Status}}' web");
const isHealthy = () => until('healthy', async () => (await status()) === 'healthy');

test('the start of a container leaves the process in a scope of its own', async () => {
  await machine.ok(
    `crundle run -d --name web --restart always --health-cmd 'test -e /ok' --health-interval 2s --health-retries 1 ${image} sh -c 'touch /ok; exec sleep 100000'`,
  );
  await isHealthy();
  const [pid = ''] = await checkers();
  assert.match(await machine.ok(`cat /proc/${pid}/cgroup`), /\/system\.slice\/crundle-health-\w+\.scope$/);
});

test('killed, it is there again, though nobody calls crundle', async () => {
  const [pid = ''] = await checkers();
  await machine.ok(`kill -9 ${pid}`);
  await until('another one', async () => {
    const [next] = await checkers();
    return next !== undefined && next !== pid;
  });
  await machine.ok('crundle exec web rm /ok');
  await until('unhealthy', async () => (await status()) === 'unhealthy');
  await machine.ok('crundle exec web touch /ok');
  await isHealthy();
  assert.is((await checkers()).length, 1);
});

test('after a reboot the checks go on', async () => {
  await machine.reboot();
  await machine.ok('systemctl is-system-running --wait');
  await isHealthy();
  assert.is((await checkers()).length, 1);
});

test('nothing is left after the last container', async () => {
  await machine.ok('crundle rm -f web');
  await until('it ends', async () => (await checkers()).length === 0);
  await until(
    'its scope too',
    async () => (await machine.ok("systemctl list-units --all --no-legend 'crundle-health-*'")) === '',
  );
  assert.is(await machine.ok('systemctl --failed --no-legend'), '');
});

test.run();
