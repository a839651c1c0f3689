import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {RestartPolicy} from '../../../bundles/container-options.ts';
import {
  isOverdue,
  msUntilRestart,
  planRestart,
  startsAtBoot,
} from '../../../src/containers/restart/restart-policy.ts';
import type {ContainerRecord, StoppedBy} from '../../../src/state/container-record.ts';
import {newContainer} from '../../support/container-record.ts';

type Part = Pick<
  ContainerRecord,
  'options' | 'restartCount' | 'restartDelayMs' | 'stoppedBy' | 'status' | 'exitCode'
>;

function ended(policy: RestartPolicy['name'] | undefined, change: Partial<Part> = {}, retries = 0): Part {
  const {options} = newContainer('a');
  return {
    options: policy ? {...options, restartPolicy: {name: policy, maximumRetryCount: retries}} : options,
    restartCount: 0,
    restartDelayMs: 0,
    stoppedBy: undefined,
    status: 'exited',
    exitCode: 1,
    ...change,
  };
}

const now = new Date('2026-11-24T10:00:00.000Z');

test('pauses double from 100 ms to a minute', () => {
  let record = ended('always');
  const pauses: number[] = [];
  for (let round = 0; round < 12; round++) {
    const plan = planRestart(record, {exitCode: 0, ranMs: 9999}, now);
    assert.is(plan?.restartCount, round + 1);
    assert.is((plan?.restartAt.getTime() ?? 0) - now.getTime(), plan?.restartDelayMs);
    pauses.push(plan?.restartDelayMs ?? 0);
    record = {...record, ...plan};
  }
  assert.equal(pauses, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]);
});

test('ten seconds of running begin the pauses anew, but not the count', () => {
  const record = ended('always', {restartCount: 7, restartDelayMs: 12_800});
  const plan = planRestart(record, {exitCode: 0, ranMs: 10_000}, now);
  assert.is(plan?.restartDelayMs, 100);
  assert.is(plan?.restartCount, 8);
});

test('on-failure is for failures, and for as many as it says', () => {
  const plan = (exitCode: number, restartCount: number, retries: number) =>
    planRestart(ended('on-failure', {restartCount}, retries), {exitCode, ranMs: 0}, now)?.restartCount;
  assert.is(plan(0, 0, 0), undefined);
  assert.is(plan(1, 0, 0), 1);
  assert.is(plan(1, 99, 0), 100);
  assert.is(plan(1, 2, 3), 3);
  assert.is(plan(1, 3, 3), undefined);
});

test('nobody is started again who has no policy, or whom a person or the system has stopped', () => {
  assert.is(planRestart(ended(undefined), {exitCode: 1, ranMs: 0}), undefined);
  for (const policy of ['always', 'unless-stopped', 'on-failure'] as const) {
    for (const stoppedBy of ['person', 'system'] as const)
      assert.is(planRestart(ended(policy, {stoppedBy}), {exitCode: 1, ranMs: 0}), undefined);
  }
});

const atBoot: [policy: RestartPolicy['name'] | undefined, change: Partial<Part>, starts: boolean][] = [
  [undefined, {}, false],
  ['always', {}, true],
  ['always', {stoppedBy: 'person'}, true],
  ['always', {stoppedBy: 'system', exitCode: 0}, true],
  ['always', {status: 'created'}, false],
  ['always', {status: 'running'}, false],
  ['always', {status: 'restarting'}, false],
  ['unless-stopped', {}, true],
  ['unless-stopped', {stoppedBy: 'person'}, false],
  ['unless-stopped', {stoppedBy: 'system', exitCode: 0}, true],
  ['on-failure', {exitCode: 255}, true],
  ['on-failure', {exitCode: 0}, false],
  ['on-failure', {exitCode: 143, stoppedBy: 'system'}, true],
  ['on-failure', {exitCode: 143, stoppedBy: 'person'}, false],
];
for (const [policy, change, starts] of atBoot) {
  const {stoppedBy, ...rest} = change as {stoppedBy?: StoppedBy};
  test(`at boot: ${policy ?? 'no'} ${stoppedBy ?? ''} ${JSON.stringify(rest)}: ${starts}`, () => {
    assert.is(startsAtBoot(ended(policy, change)), starts);
  });
}

test('at boot: on-failure that has used up its retries stays down', () => {
  assert.is(startsAtBoot(ended('on-failure', {restartCount: 3}, 3)), false);
  assert.is(startsAtBoot(ended('on-failure', {restartCount: 2}, 3)), true);
});

test('due at its time; overdue two seconds later', () => {
  const restartAt = now;
  assert.is(msUntilRestart({restartAt}, now.getTime() - 300), 300);
  assert.is(msUntilRestart({restartAt}, now.getTime()), 0);
  assert.is(isOverdue({restartAt}, now.getTime() + 2000), false);
  assert.is(isOverdue({restartAt}, now.getTime() + 2001), true);
});

test('a clock that was set back keeps nobody waiting', () => {
  assert.is(msUntilRestart({restartAt: now}, 0), 0);
  assert.is(isOverdue({restartAt: now}, 0), true);
});

test.run();
