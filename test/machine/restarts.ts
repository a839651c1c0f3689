// Who is back after a reboot, and after a container or its conmon was killed: with systemd, where nothing of crundle waits.
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {installedForSuite} from '../support/machine/installed.ts';

const test = suite('restarts on an arm64 machine');
const {machine, images} = await installedForSuite(test);
const image = `${images}/busybox`;
await machine.ok(`crundle pull -q ${image}`);

const pid = (name: string) => machine.ok(`crundle inspect --format '{{.State.Pid}}' ${name}`);

/** The PID of the container once it runs and is not `before`. */
async function nextPid(name: string, before: string): Promise<string> {
  for (let tries = 0; tries < 120; tries++) {
    const now = await pid(name);
    if (now !== '0' && now !== before) return now;
    await sleep(500);
  }
  throw new Error(`${name} does not run again: ${await machine.ok(`journalctl -t crundle --output=cat`)}`);
}

test('a container that is killed starts again', async () => {
  await machine.ok(`crundle run -d --name killed --restart always ${image} sleep 100000`);
  const before = await pid('killed');
  await machine.ok(`kill -9 ${before}`);
  await nextPid('killed', before);
  assert.is(await machine.ok("crundle inspect --format '{{.RestartCount}}' killed"), '1');
});

test('a container whose conmon is killed starts again, healed by systemd', async () => {
  const before = await pid('killed');
  const id = await machine.ok("crundle inspect --format '{{.Id}}' killed");
  await machine.ok(`kill -9 $(cat /run/crundle/containers/${id}/conmon.pid)`);
  await nextPid('killed', before);
  assert.is((await machine.run(`kill -0 ${before}`)).status, 1, 'the old one has ended');
});

test('after a reboot those are back whose policy says so', async () => {
  await machine.ok(`crundle run -d --name unless --restart unless-stopped ${image} sleep 100000`);
  await machine.ok(`crundle run -d --name stopped --restart unless-stopped ${image} sleep 100000`);
  await machine.ok(`crundle run -d --name none ${image} sleep 100000`);
  await machine.ok('crundle stop -t 1 stopped');
  await machine.reboot();
  await machine.ok('systemctl is-system-running --wait');
  const running = await machine.ok("crundle ps --format '{{.Names}}' | sort");
  assert.equal(running.split('\n'), ['killed', 'unless']);
  assert.is(await machine.ok("crundle inspect --format '{{.State.Status}}' none"), 'exited');
  assert.is(await machine.ok('systemctl --failed --no-legend'), '');
});

test.run();
