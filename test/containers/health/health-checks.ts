// Health checks of containers that run: what makes them healthy and unhealthy, and who shows it.
import {existsSync, mkdirSync, readdirSync, rmdirSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
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
import {serveBusybox} from '../../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost} from '../../support/test-host.ts';

const test = suite('health checks');
const {image} = await serveBusybox(test);

test.after.each(async () => {
  await removeAllChecked();
  assert.equal(marks(), []);
  await assertHostClean();
});

function marks(): string[] {
  const folder = join(testHost.runRoot, 'health');
  return existsSync(folder) ? readdirSync(folder) : [];
}

const show = (format: string, ...rest: string[]) => crundleOk(['ps', ...rest, '--format', format]);

test('starting, healthy, unhealthy, healthy again: ps, its filter and inspect say so', async () => {
  await runChecked(image, 'web', '--health-interval', '2s');
  assert.equal(await healthOf('web'), {Status: 'starting', FailingStreak: 0, Log: []});
  assert.match(await show('{{.Status}}'), /^Up .* \(health: starting\)$/);
  assert.is(await show('{{.Names}}', '-f', 'health=starting'), 'web');
  const [result] = (await untilHealth('web', isHealthy)).Log;
  assert.is(result?.ExitCode, 0);
  assert.is(result?.Output, 'fine\n');
  assert.ok(Date.parse(result?.Start ?? '') <= Date.parse(result?.End ?? ''));
  assert.match(await show('{{.Status}}'), /^Up .* \(healthy\)$/);
  assert.is(await show('{{.Names}}', '-f', 'health=healthy'), 'web');
  assert.is(await show('{{.Names}}', '-f', 'health=none'), '');
  await crundleOk(['exec', 'web', 'rm', '/ok']);
  const unhealthy = await untilHealth('web', isUnhealthy);
  assert.ok(unhealthy.FailingStreak >= 2);
  assert.is(unhealthy.Log.at(-1)?.ExitCode, 1);
  assert.is(unhealthy.Log.at(-1)?.Output, "cat: can't open '/ok': No such file or directory\n");
  assert.match(await show('{{.Status}}'), /^Up .* \(unhealthy\)$/);
  await crundleOk(['exec', 'web', 'touch', '/ok']);
  const healthy = await untilHealth('web', isHealthy);
  assert.is(healthy.FailingStreak, 0);
});

test('the last five results stay, also over a stop and a start, which begins anew', async () => {
  await runChecked(image, 'web');
  await untilHealth('web', ({Log: log}) => log.length === 5);
  await crundleOk(['stop', 'web']);
  const ended = await healthOf('web');
  assert.is(ended?.Status, 'unhealthy');
  assert.is(ended?.Log.length, 5);
  assert.is(await show('{{.Names}}', '-a', '-f', 'health=unhealthy'), 'web');
  assert.match(await show('{{.Status}}', '-a'), /^Exited \(137\)/);
  await untilCheckers(0);
  await sleep(500);
  assert.equal(await healthOf('web'), ended);
  await crundleOk(['start', 'web']);
  const again = await untilHealth('web', isHealthy);
  assert.is(again.Log.length, 5);
});

test('a probe that takes too long is killed, with what it has begun', async () => {
  const flags = [
    '--health-cmd',
    'echo slow; exec sleep 999',
    '--health-timeout',
    '700ms',
    '--health-retries',
    '1',
  ];
  await runChecked(image, 'web', ...flags);
  const {Log: log} = await untilHealth('web', isUnhealthy);
  assert.is(log[0]?.ExitCode, -1);
  assert.is(log[0]?.Output, 'Health check exceeded timeout (700ms): slow\n');
  const lengthMs = Date.parse(log[0]?.End ?? '') - Date.parse(log[0]?.Start ?? '');
  assert.ok(lengthMs >= 700 && lengthMs < 3000, `${lengthMs} ms`);
  await crundleOk(['pause', 'web']);
  const processes = await crundleOk(['top', 'web', '-o', 'pid,args']);
  assert.ok(processes.split('\n').filter((line) => line.includes('sleep 999')).length <= 1, processes);
});

test('4096 bytes of output are kept', async () => {
  await runChecked(image, 'web', '--health-cmd', 'yes | head -c 10000');
  const {Log: log} = await untilHealth('web', isHealthy);
  assert.is(log[0]?.Output, `${'y\n'.repeat(2048)}...`);
});

test('a probe is run as the container’s user, and its exit code is told', async () => {
  await runChecked(image, 'web', '-u', '12:34', '--health-cmd', 'id -u; exit 7');
  const {Log: log} = await untilHealth('web', isUnhealthy);
  assert.is(log[0]?.ExitCode, 7);
  assert.is(log[0]?.Output, '12\n');
});

test('failures in the start period do not count, and a success ends it', async () => {
  const flags = [
    '--health-cmd',
    'test -e /late',
    '--health-start-period',
    '1h',
    '--health-start-interval',
    '100ms',
  ];
  await runChecked(image, 'web', ...flags, '--health-interval', '300ms');
  const starting = await untilHealth('web', ({Log: log}) => log.length === 5);
  assert.is(starting.Status, 'starting');
  assert.is(starting.FailingStreak, 0);
  await crundleOk(['exec', 'web', 'touch', '/late']);
  await untilHealth('web', isHealthy);
  await crundleOk(['exec', 'web', 'rm', '/late']);
  await untilHealth('web', isUnhealthy);
});

test('in the start period the start interval holds, not the interval', async () => {
  const flags = [
    '--health-interval',
    '1h',
    '--health-start-period',
    '1h',
    '--health-start-interval',
    '100ms',
  ];
  await runChecked(image, 'web', ...flags);
  // A probe may have failed before the container's own program wrote /ok.
  const healthy = await untilHealth('web', isHealthy);
  assert.is(healthy.Log.at(-1)?.ExitCode, 0);
  await sleep(700);
  assert.equal(await healthOf('web'), healthy, 'healthy: then the interval holds');
});

test('a container whose health cannot be kept ends, starts again and is removed', async () => {
  const id = await runChecked(image, 'web');
  await untilHealth('web', isHealthy);
  const inTheWay = join(testHost.dataRoot, 'containers', id, 'health.json.tmp');
  mkdirSync(inTheWay);
  await crundleOk(['stop', 'web']);
  assert.match(await show('{{.Status}}', '-a'), /^Exited \(137\)/);
  await crundleOk(['start', 'web']);
  await untilHealth('web', isHealthy);
  mkdirSync(inTheWay, {recursive: true});
  await crundleOk(['rm', '-f', 'web']);
});

test('a paused container is not probed, and not healthy until it is again', async () => {
  await runChecked(image, 'web');
  await untilHealth('web', isHealthy);
  await crundleOk(['pause', 'web']);
  const paused = await healthOf('web');
  assert.is(paused?.Status, 'unhealthy');
  await untilCheckers(0);
  await sleep(600);
  assert.equal(await healthOf('web'), paused);
  assert.match(await show('{{.Status}}'), /\(Paused\)$/);
  await crundleOk(['unpause', 'web']);
  await untilHealth('web', isHealthy);
});

test('events tell of what changes, and not of each check', async () => {
  const since = new Date().toISOString();
  await runChecked(image, 'web', '--label', 'a=b');
  await untilHealth('web', isHealthy);
  await crundleOk(['exec', 'web', 'rm', '/ok']);
  await untilHealth('web', isUnhealthy);
  const window = ['--since', since, '--until', new Date().toISOString(), '--filter', 'container=web'];
  const format = ['--format', '{{.Action}} {{.Actor.Attributes.a}}'];
  const lines = (await crundleOk(['events', ...window, ...format])).split('\n');
  assert.equal(lines.slice(lines.findIndex((line) => line.startsWith('start'))), [
    'start b',
    'health_status: healthy b',
    'exec_create: rm /ok b',
    'exec_start: rm /ok b',
    'exec_die b',
    'health_status: unhealthy b',
  ]);
  const filter = ['--filter', 'event=health_status: unhealthy', '--format', '{{.Actor.Attributes.name}}'];
  assert.is(await crundleOk(['events', ...window, ...filter]), 'web');
});

test('one process probes them all, and ends with the last', async () => {
  assert.equal(checkers(), []);
  await crundleOk(['run', '-d', '--network', 'none', '--name', 'plain', image, 'sleep', '1000']);
  assert.equal(checkers(), [], 'none without a health check');
  assert.is(await healthOf('plain'), undefined);
  assert.is(await show('{{.Names}}', '-f', 'health=none'), 'plain');
  await Promise.all(['a1', 'a2', 'a3', 'a4'].map((name) => runChecked(image, name)));
  for (const name of ['a1', 'a2', 'a3', 'a4']) await untilHealth(name, isHealthy);
  const [first] = await untilCheckers(1);
  await crundleOk(['rm', '-f', 'a1', 'a2', 'a3']);
  await sleep(300);
  assert.equal(checkers(), [first]);
  await crundleOk(['kill', 'a4']);
  await untilCheckers(0);
});

test('what goes wrong with one container is told of, and keeps no other from being probed', async () => {
  const since = new Date().toISOString();
  const id = await runChecked(image, 'web');
  await runChecked(image, 'other');
  await untilHealth('web', isHealthy);
  const [checker] = await untilCheckers(1);
  const inTheWay = join(testHost.runRoot, 'containers', id, 'health.json.tmp');
  mkdirSync(inTheWay);
  const ask = ['events', '--since', since, '--filter', 'event=refuse', '--format', 'json'];
  const refusals = async () => (await crundleOk([...ask, '--until', '0s'])).split('\n').filter(Boolean);
  for (const deadline = Date.now() + 20_000; (await refusals()).length === 0; await sleep(50)) {
    assert.ok(Date.now() < deadline, 'no refusal within 20 seconds');
  }
  const probed = (await healthOf('other'))?.Log.at(-1)?.End ?? '';
  await untilHealth('other', ({Log: log}) => (log.at(-1)?.End ?? '') > probed);
  assert.equal(checkers(), [checker], 'it is the same process');
  rmdirSync(inTheWay);
  await crundleOk(['exec', 'web', 'rm', '/ok']);
  await untilHealth('web', isUnhealthy);
  assert.equal(
    (await refusals()).map((line) => JSON.parse(line).Actor.Attributes),
    [
      {
        code: 'system-call-failed',
        image,
        name: 'web',
        reason: `EISDIR: illegal operation on a directory, open '${inTheWay}'`,
        task: 'check the health of',
      },
    ],
  );
});

test('--no-healthcheck and zero', async () => {
  await runChecked(image, 'web', '--health-retries', '0');
  await untilHealth('web', isHealthy);
  await crundleOk(['create', '--name', 'off', '--no-healthcheck', image]);
  const config = await crundleOk(['inspect', '-f', '{{json .Config.Healthcheck}} {{json .State}}', 'off']);
  assert.match(config, /^\{"Test":\["NONE"\]\} /);
  assert.not.match(config, /"Health"/);
});

const refusals: [string[], string, number][] = [
  [
    ['--health-interval', '5'],
    'invalid argument "5" for "--health-interval" flag: time: missing unit in duration "5"',
    125,
  ],
  [
    ['--health-retries', 'x'],
    'invalid argument "x" for "--health-retries" flag: strconv.ParseInt: parsing "x": invalid syntax',
    125,
  ],
  [['--health-start-interval', '-1s'], '--health-start-interval cannot be negative', 125],
  [['--health-start-interval', '1us'], 'StartInterval in Healthcheck cannot be less than 1ms', 1],
  [['--no-healthcheck', '--health-retries', '2'], '--no-healthcheck conflicts with --health-* options', 125],
  [
    ['--health-on-failure', 'panic'],
    'invalid on-failure action "panic" for health check: supported actions are none,kill,restart,stop',
    125,
  ],
  [['--health-on-failure', 'stop'], 'cannot set on-failure action to stop without a health check', 1],
];
for (const [flags, message, exitCode] of refusals) {
  test(`refused: ${flags.join(' ')}`, async () => {
    const {status, stderr} = await crundle(['create', ...flags, image]);
    assert.is(stderr.split('\n')[0], `Error: ${message}`);
    assert.is(status, exitCode);
    assert.is((await crundle(['run', ...flags, image])).status, 125);
  });
}

test.run();
