// kill -9 of whoever has a part in health checks: the process that probes, the command line, a probe that hangs. And an upgrade
// in between. The next command puts it right, there are never two, and nothing is left after rm.
import {execFileSync} from 'node:child_process';
import {copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, symlinkSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {processArguments} from '../../../src/system/process-identity.ts';
import {
  checkers,
  healthOf,
  isHealthy,
  isUnhealthy,
  removeAllChecked,
  runChecked,
  untilCheckers,
  untilHealth,
} from '../../support/checked-container.ts';
import {killAtRandomMoments} from '../../support/killed-command.ts';
import {serveBusybox} from '../../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost} from '../../support/test-host.ts';

const test = suite('kill -9 around health checks');
const {image} = await serveBusybox(test);

test.after.each(async () => {
  await removeAllChecked();
  const folder = join(testHost.runRoot, 'health');
  assert.equal(existsSync(folder) ? readdirSync(folder) : [], []);
  await assertHostClean();
});

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 30_000; !holds(); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`not within 30 seconds: ${what}`);
  }
}

async function killChecker(): Promise<number> {
  const [pid = 0] = await untilCheckers(1);
  process.kill(pid, 'SIGKILL');
  await until('it is gone', () => !checkers().includes(pid));
  return pid;
}

test('of the process that probes: the next command leaves another, which goes on', async () => {
  await runChecked(image, 'web', '--health-retries', '3');
  await untilHealth('web', isHealthy);
  await crundleOk(['exec', 'web', 'rm', '/ok']);
  const {FailingStreak: before} = await untilHealth('web', isUnhealthy);
  const killed = await killChecker();
  await sleep(500);
  assert.equal(checkers(), [], 'nobody is there to leave one');
  await crundleOk(['ps']);
  const [next] = await untilCheckers(1);
  assert.is.not(next, killed);
  const {FailingStreak: after} = await untilHealth('web', ({FailingStreak: streak}) => streak > before);
  assert.ok(after > before);
});

test('of the process that probes, and many commands at once: there is one again', async () => {
  await runChecked(image, 'web');
  for (let round = 0; round < 3; round++) {
    await killChecker();
    await Promise.all(Array.from({length: 6}, () => crundleOk(['ps'])));
    await sleep(800);
    await untilCheckers(1);
  }
  await untilHealth('web', isHealthy);
});

test('of the process that probes while a probe hangs: the next one ends that', async () => {
  const id = await runChecked(image, 'web', '--health-cmd', 'sleep 987', '--health-timeout', '1h');
  await until('a probe hangs', () => probes().length > 0);
  await killChecker();
  const [left] = probes();
  assert.ok(left, 'it is there still');
  await crundleOk(['ps']);
  await untilCheckers(1);
  await until('it is ended', () => !probes().includes(left));
  await until('another one hangs', () => probes().length > 0);
  await crundleOk(['rm', '-f', id]);
  await untilCheckers(0);
  assert.equal(probes(), []);
});

function probes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => processArguments(pid).join(' ').includes('sleep 987'));
}

const run = [...['run', '-d', '--network', 'none', '--name', 'web', '--stop-signal', 'KILL'], '--health-cmd'];
const container = [...run, 'true', '--health-interval', '100ms', image, 'sleep', '1000'];

test('of the command line of run', async () => {
  await killAtRandomMoments({
    moments: 12,
    args: () => container,
    async after() {
      await assertOneChecker();
      await crundle(['rm', '-f', 'web']);
      await untilCheckers(0);
    },
  });
});

const lines: [before: string[], line: string[]][] = [
  [
    ['start', 'web'],
    ['restart', 'web'],
  ],
  [
    ['start', 'web'],
    ['stop', 'web'],
  ],
  [
    ['stop', 'web'],
    ['start', 'web'],
  ],
  [
    ['unpause', 'web'],
    ['pause', 'web'],
  ],
  [
    ['pause', 'web'],
    ['unpause', 'web'],
  ],
];
for (const [before, line] of lines) {
  test(`of the command line of ${line[0]}`, async () => {
    await crundleOk(container);
    await killAtRandomMoments({
      moments: 6,
      async args() {
        await crundle(before);
        return line;
      },
      after: assertOneChecker,
    });
    await crundle(['unpause', 'web']);
    await crundleOk(['start', 'web']);
    await untilHealth('web', isHealthy);
  });
}

test('of the command line of rm', async () => {
  await killAtRandomMoments({
    moments: 6,
    async args() {
      const {status, stderr} = await crundle(['rm', '-f', 'web']);
      assert.is(status, 0, stderr);
      await crundleOk(container);
      return ['rm', '-f', 'web'];
    },
    after: assertOneChecker,
  });
});

// One command later, and when what the killed one has begun has ended: as many processes that probe as there is to do.
async function assertOneChecker(): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const states = (await crundleOk(['ps', '--format', '{{.State}}'])).split('\n');
    const wanted = states.includes('running') ? 1 : 0;
    await sleep(300);
    const found = checkers().length;
    if (found === wanted) return;
    assert.ok(Date.now() < deadline, `${found} processes probe, containers are ${states}`);
  }
}

test('an upgrade: the new program goes on', async () => {
  const copy = join(testHost.tmp, 'copy');
  const root = resolve(import.meta.dirname, '../../..');
  mkdirSync(join(copy, 'bin'), {recursive: true});
  cpSync(join(root, 'dist'), join(copy, 'dist'), {recursive: true});
  copyFileSync(join(root, 'bin/crundle'), join(copy, 'bin/crundle'));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const flags = ['--network', 'none', '--name', 'web', '--health-cmd', 'true', '--health-interval', '200ms'];
  execFileSync(join(copy, 'bin/crundle'), ['run', '-d', ...flags, image, 'sleep', '1000']);
  await untilHealth('web', isHealthy);
  const [old] = await untilCheckers(1);
  for (const name of readdirSync(join(copy, 'dist'))) {
    copyFileSync(join(root, 'dist', name), join(copy, 'dist', `${name}.new`));
    renameSync(join(copy, 'dist', `${name}.new`), join(copy, 'dist', name));
  }
  await until('the old one has made way', () => !checkers().includes(old ?? 0));
  const [next] = await untilCheckers(1);
  assert.is.not(next, old);
  const last = (await healthOf('web'))?.Log.at(-1)?.Start ?? '';
  await untilHealth('web', ({Log: log}) => (log.at(-1)?.Start ?? '') > last);
});

test.run();
