// The power fails ten times: qemu is killed while an image is pulled and while containers run, and the machine boots from
// the disk as it is. What the machine had not flushed is lost, as it is when a board loses its power; what it had is there,
// because the host lives on (cache=writeback). A disk that lies about flushes is not modelled.
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

/** How long after its start a pull, and a series of runs, lose the power: milliseconds. */
const cuts = [300, 900, 1500, 2500, 4000];

/** After a boot: the store is whole, the container is back, and crundle does what it is asked. */
async function holds(): Promise<void> {
  await machine.ok('systemctl is-system-running --wait');
  assert.is(await machine.ok("crundle ps --format '{{.Names}}' --filter name=kept"), 'kept');
  assert.is(await machine.ok('crundle exec kept cat /data/file'), 'kept');
  assert.is(await machine.ok(`crundle run --rm ${image} echo runs`), 'runs');
}

for (const ms of cuts) {
  test(`a pull that loses the power after ${ms} ms leaves a whole store`, async () => {
    await machine.run(`crundle rmi ${images}/debian`);
    const pull = machine.run(`crundle pull -q ${images}/debian`);
    await sleep(ms);
    await machine.powerOff();
    await pull;
    await machine.powerOn();
    await holds();
    await machine.ok(`crundle pull -q ${images}/debian`);
    assert.is(await machine.ok(`crundle run --rm ${images}/debian bash -c 'echo whole'`), 'whole');
  });

  test(`runs that lose the power after ${ms} ms leave nothing in the way`, async () => {
    const runs = machine.run(
      `for n in 1 2 3 4 5 6; do crundle run -d --name run$n ${image} sleep 100000; done`,
    );
    await sleep(ms);
    await machine.powerOff();
    await runs;
    await machine.powerOn();
    await holds();
    await machine.ok('crundle ps -aq --filter name=run | xargs -r crundle rm -f');
    assert.is(await machine.ok("crundle ps -a --format '{{.Names}}'"), 'kept');
    assert.is(await machine.ok('find /run/netns -mindepth 1 | wc -l'), '1');
  });
}

test.run();
