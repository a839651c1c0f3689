// Health checks beside the real Docker: what becomes of the same containers, what is shown of them, what is refused.
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {HealthState} from '../../src/containers/health/health-state.ts';
import {untilCheckers} from '../support/checked-container.ts';
import {DockerComparison} from '../support/docker-comparison.ts';
import {dockerMissing} from '../support/docker-daemon.ts';
import {assertHostClean, saySkipped} from '../support/test-host.ts';

const comparison = suite('health checks as Docker has them');
const test = dockerMissing === undefined ? comparison : comparison.skip;
if (dockerMissing !== undefined) saySkipped(dockerMissing);
let both: DockerComparison;

comparison.before(async () => {
  if (dockerMissing === undefined) both = await DockerComparison.start();
});

comparison.after.each(() => void both?.ask(['rm', '-f', 'web']));

comparison.after(async () => {
  if (dockerMissing !== undefined) return;
  await untilCheckers(0);
  await both[Symbol.asyncDispose]();
  await assertHostClean();
});

function run(command: string, ...flags: string[]): void {
  const check = ['--health-cmd', command, '--health-interval', '300ms', ...flags];
  both.prepare('run', '-d', '--network', 'none', '--name', 'web', ...check, both.image, 'sleep', '1000');
}

// Waits until both are so, and compares what must be the same.
async function bothBecome(holds: (health: HealthState) => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answers = both.ask(['inspect', '-f', '{{json .State.Health}}', 'web']);
    const [docker, ours] = answers.map(({stdout}) => JSON.parse(stdout) as HealthState);
    if (docker && ours && holds(docker) && holds(ours)) return assert.equal(shape(ours), shape(docker));
    assert.ok(Date.now() < deadline, answers.map(({stdout}) => stdout).join(' and '));
    await sleep(100);
  }
}

// Without what differs from run to run: how many checks there have been, and when.
function shape({Status: status, FailingStreak: streak, Log: log, ...rest}: HealthState) {
  const [last] = log.slice(-1).map(({Start: start, End: end, ExitCode: code, Output: output, ...more}) => ({
    code,
    output,
    more,
    times: [start, end].map((time) => time.replace(/\d/g, '0').replace(/0{3,9}Z/, '000Z')),
    inOrder: Date.parse(start) <= Date.parse(end),
  }));
  return {status, isFailing: streak > 0, last, rest};
}

const status = () =>
  both.same(['ps', '-a', '--format', '{{.Status}}'], (text) => text.replace(/(Up|\)) [^(]*/, '$1 '));
const names = (health: string) => both.same(['ps', '-a', '-f', `health=${health}`, '--format', '{{.Names}}']);

test('healthy', async () => {
  run('echo yes', '--health-timeout', '1m30s', '--health-start-period', '2s');
  await bothBecome(({Status}) => Status === 'healthy');
  both.same(['inspect', '-f', '{{json .Config.Healthcheck}}', 'web']);
  status();
  names('healthy');
  names('none');
});

test('unhealthy, also when it has ended; starting once more', async () => {
  run('echo no; exit 3', '--health-retries', '2');
  await bothBecome(({Status, Log: log}) => Status === 'unhealthy' && log.length === 5);
  status();
  both.prepare('stop', '-t', '0', 'web');
  await bothBecome(({Log: log}) => log.length === 5);
  status();
  names('unhealthy');
  both.prepare('start', 'web');
  await bothBecome(({FailingStreak: streak}) => streak >= 2);
});

test('starting', async () => {
  run('true', '--health-interval', '1h');
  await bothBecome(({Log: log}) => log.length === 0);
  status();
  names('starting');
});

test('failures in the start period', async () => {
  run('exit 1', '--health-start-period', '1h', '--health-retries', '1');
  await bothBecome(({Log: log, FailingStreak: streak}) => log.length === 5 && streak === 0);
  status();
});

test('a check that takes too long', async () => {
  run('sleep 100', '--health-timeout', '1500ms', '--health-retries', '1');
  await bothBecome(({Status}) => Status === 'unhealthy');
});

test('more output than is kept', async () => {
  run('yes | head -c 5000');
  await bothBecome(({Status}) => Status === 'healthy');
});

test('paused, and going on', async () => {
  run('true');
  await bothBecome(({Status}) => Status === 'healthy');
  both.prepare('pause', 'web');
  await bothBecome(({Status}) => Status === 'unhealthy');
  status();
  names('unhealthy');
  both.prepare('unpause', 'web');
  await bothBecome(({Status}) => Status === 'healthy');
});

test('none', () => {
  both.prepare(
    'run',
    '-d',
    '--network',
    'none',
    '--name',
    'web',
    '--no-healthcheck',
    both.image,
    'sleep',
    '100',
  );
  const asked =
    '{{json .Config.Healthcheck}} {{json .State.Health}} {{if .State.Health}}yes{{else}}no{{end}}';
  both.same(['inspect', '-f', asked, 'web']);
  both.same(['inspect', '-f', '{{json .State}}', 'web'], (text) => String(text.includes('Health')));
  const [docker, ours] = both.ask(['inspect', '-f', '{{.State.Health.Status}}', 'web']);
  assert.is(ours.status, docker.status);
  status();
});

const refusals: [string[], RegExp][] = [
  [
    ['--health-interval', 'x'],
    /invalid argument "x" for "--health-interval" flag: time: invalid duration "x"/,
  ],
  [['--health-interval', '5'], /time: missing unit in duration "5"/],
  [['--health-timeout', '5x'], /time: unknown unit "x" in duration "5x"/],
  [['--health-interval', '1d'], /time: unknown unit "d" in duration "1d"/],
  [['--health-interval', ''], /time: invalid duration ""/],
  [['--health-interval', '.s'], /time: invalid duration ".s"/],
  [['--health-interval', '99999999999h'], /time: invalid duration "99999999999h"/],
  [['--health-retries', 'x'], /strconv\.ParseInt: parsing "x": invalid syntax/],
  [['--health-interval', '-1s'], /--health-interval cannot be negative/],
  [['--health-timeout', '-1s'], /--health-timeout cannot be negative/],
  [['--health-retries', '-1'], /--health-retries cannot be negative/],
  [['--health-start-period', '-2s'], /--health-start-period cannot be negative/],
  [['--health-interval', '0.1ms'], /Interval in Healthcheck cannot be less than 1ms/],
  [['--health-timeout', '1us'], /Timeout in Healthcheck cannot be less than 1ms/],
  [['--health-start-period', '1ns'], /StartPeriod in Healthcheck cannot be less than 1ms/],
  [['--no-healthcheck', '--health-cmd', 'x'], /--no-healthcheck conflicts with --health-\* options/],
];
for (const verb of ['create', 'run']) {
  for (const [flags, words] of refusals)
    test(`refused: ${verb} ${flags.join(' ')}`, () => both.sameRefusal([verb, ...flags, both.image], words));
}

comparison.run();
