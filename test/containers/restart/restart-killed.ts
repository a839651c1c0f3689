// kill -9 of whoever has a part in a restart, at random moments: the container, its conmon, the exit command, the process
// that waits, the command line. Afterwards one command heals, and an `always` container runs.
import {readdirSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {Engine} from '../../../src/engine.ts';
import {errnoOf} from '../../../src/errors.ts';
import {identifyProcess} from '../../../src/system/process-identity.ts';
import {factsOf, runWithPolicy} from '../../support/restarting-container.ts';
import {serveBusybox} from '../../support/served-busybox.ts';
import {assertHostClean, crundleOk, spawnCrundle} from '../../support/test-host.ts';

const test = suite('kill -9 around restarts');
const {image} = await serveBusybox(test);
const rounds = 50;
// Commands of the library, in this process: the command line would take most of the time.
let engine: Engine;
let bystanders: number[];

test.before(async () => {
  engine = await Engine.open();
  bystanders = processes();
});

test.after(() => engine.close());

test.after.each(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', '-v', ...ids]);
  await assertHostClean();
});

test('of the container and of all that follows its end', async () => {
  await runWithPolicy('always', '--name', 'web', image, 'sh', '-c', 'sleep 600');
  for (let round = 0; round < rounds; round++) {
    process.kill(await pidOfWeb(), 'SIGKILL');
    await sleep((round / rounds) * 400 + Math.random() * 10);
    await killHelpers();
    await assertHeals(`round ${round}`);
    // A pause grows with every restart that follows at once: a person begins them anew.
    if (round % 3 === 2) await engine.containers.restart('web');
  }
});

test('of the command line of restart and start', async () => {
  await runWithPolicy('always', '--name', 'web', image, 'sh', '-c', 'sleep 600');
  const began = performance.now();
  await crundleOk(['restart', 'web']);
  const duration = performance.now() - began;
  for (let round = 0; round < 20; round++) {
    const child = spawnCrundle(['restart', 'web']);
    const closed = new Promise((resolve) => child.once('exit', resolve));
    await sleep(((round + Math.random()) / 20) * duration);
    child.kill('SIGKILL');
    await closed;
    await assertHeals(`restart, round ${round}`);
    await engine.containers.restart('web');
  }
});

test('beside a stop, whose word counts', async () => {
  await runWithPolicy('always', '--name', 'web', image, 'sh', '-c', 'sleep 0.3');
  for (let round = 0; round < 15; round++) {
    await sleep(Math.random() * 600);
    await crundleOk(['stop', 'web']);
    assert.is((await factsOf('web')).status, 'exited', `round ${round}`);
    await sleep(300);
    assert.is((await factsOf('web')).status, 'exited', `round ${round}, a moment later`);
    await crundleOk(['start', 'web']);
  }
});

async function pidOfWeb(): Promise<number> {
  return (await engine.containers.inspect('web')).State.Pid;
}

function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

// Most of what came to this host since the tests began: conmon, its exit command, who waits, the container itself.
async function killHelpers(): Promise<void> {
  for (const pid of processes()) if (!bystanders.includes(pid) && Math.random() < 0.7) kill(pid);
  await sleep(20);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

async function assertHeals(when: string): Promise<void> {
  // A restart whose waiter was killed is overdue two seconds after its time.
  const deadline = Date.now() + 12_000;
  for (;;) {
    await engine.system.heal({
      onFailure(error) {
        throw error;
      },
    });
    const {Status: status, Pid: pid} = (await engine.containers.inspect('web')).State;
    if (status === 'running' && identifyProcess(pid)) return;
    assert.ok(Date.now() < deadline, `${when}: still ${status}`);
    await sleep(50);
  }
}

test.run();
