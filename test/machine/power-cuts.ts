// The power fails ten times: qemu is killed while an image is pulled and while containers come and go, and the machine boots
// from the disk as it is. What the machine had not flushed is lost, as it is when a board loses its power; what it had is
// there, because the host lives on (cache=writeback). A disk that lies about flushes is not modelled.
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {installedForSuite} from '../support/machine/installed.ts';

const test = suite('power cuts of an arm64 machine');
const {machine, images} = await installedForSuite(test);
const image = `${images}/busybox`;
await machine.ok(`crundle pull -q ${image}`);
await machine.ok(`crundle run -d --name kept --restart always -v data:/data ${image} sleep 100000`);
await machine.ok(`crundle exec kept sh -c 'echo kept >/data/file'`);
await machine.ok('sync');

/** Seconds from the start of a pull, which takes a minute here. Runs of some seconds each go on beside it. */
const cuts = [1, 2, 3, 4.5, 6, 8, 11, 15, 21, 30];

const pull = `crundle pull -q ${images}/debian`;
const comeAndGo = `while :; do crundle rm -f brief; crundle run -d --name brief ${image} sleep 100000 >>/root/began; sync /root/began; done`;

/** After a boot: nothing says that something failed, the container is back, and crundle does what it is asked. */
async function assertHolds(): Promise<void> {
  await machine.ok('systemctl is-system-running --wait');
  const lines = [
    "crundle ps --format '{{.Names}}' --filter name=kept",
    'crundle exec kept cat /data/file',
    `crundle run --rm ${image} echo runs`,
  ];
  assert.is(await machine.ok(lines.join(' && ')), 'kept\nkept\nruns');
}

// A pull goes on from what the one before has left, so that one of the last may end in time.
let cutPulls = 0;

for (const seconds of cuts) {
  test(`a pull and runs lose the power after ${seconds} s, and nothing is broken or in the way`, async () => {
    await machine.run(`crundle rmi ${images}/debian; rm -f /root/began`);
    let pulls = true;
    const runs = machine.run(comeAndGo);
    // The short cuts meet the first run; later ones, a removal or a run that follows one that has succeeded.
    if (seconds > 5) await machine.ok('until [ -s /root/began ]; do sleep 0.5; done');
    const work = [runs, machine.run(pull).finally(() => (pulls = false))];
    await sleep(seconds * 1000);
    if (pulls) cutPulls++;
    await machine.powerOff();
    await Promise.all(work);
    await machine.powerOn();
    await assertHolds();
  });
}

test('the pull that was cut off ends whole, and no container stays', async () => {
  assert.ok(cutPulls >= 5, `${cutPulls} pulls were cut off`);
  await machine.ok(pull);
  assert.is(await machine.ok(`crundle run --rm ${images}/debian bash -c 'echo whole'`), 'whole');
  await machine.run('crundle rm -f brief');
  assert.is(await machine.ok("crundle ps -a --format '{{.Names}}'"), 'kept');
  assert.is(await machine.ok('ls /run/netns | wc -l'), '1');
  // Of kept alone: what the power cut in two is gone.
  assert.is(await machine.ok('ls /var/lib/crundle/containers | wc -l'), '1');
});

test.run();
