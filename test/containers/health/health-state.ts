import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {HealthPlan} from '../../../bundles/healthcheck.ts';
import {
  type HealthState,
  healthAfter,
  healthAtStart,
  probeDelayMs,
} from '../../../src/containers/health/health-state.ts';

const startedAt = new Date('2026-03-01T12:00:00Z');
const plan: HealthPlan = {
  command: ['probe'],
  intervalMs: 30_000,
  timeoutMs: 1000,
  startPeriodMs: 10_000,
  startIntervalMs: 2000,
  retries: 2,
};

const at = (seconds: number) => new Date(startedAt.getTime() + seconds * 1000).toISOString();
const probe = (seconds: number, ExitCode: number) => ({
  Start: at(seconds),
  End: at(seconds + 1),
  ExitCode,
  Output: String(seconds),
});

// Probes as [seconds after the start, exit code].
function after(...probes: [number, number][]): HealthState {
  return probes.reduce(
    (state, [seconds, code]) => healthAfter(state, probe(seconds, code), {plan, ageMs: seconds * 1000}),
    healthAtStart(undefined),
  );
}

const brief = ({Status, FailingStreak}: HealthState) => `${Status} ${FailingStreak}`;

test('one success makes it healthy, so many failures in a row unhealthy', () => {
  assert.is(brief(after([11, 0])), 'healthy 0');
  assert.is(brief(after([11, 1])), 'starting 1');
  assert.is(brief(after([11, 1], [12, -1])), 'unhealthy 2');
  assert.is(brief(after([11, 1], [12, 1], [13, 1])), 'unhealthy 3');
  assert.is(brief(after([11, 0], [12, 1])), 'healthy 1');
  assert.is(brief(after([11, 1], [12, 1], [13, 0])), 'healthy 0');
});

test('failures in the start period do not count, until a probe has succeeded', () => {
  assert.is(brief(after([1, 1], [3, 1], [9, 1])), 'starting 0');
  assert.is(brief(after([1, 1], [3, 1], [10, 1])), 'starting 1');
  assert.is(brief(after([1, 0], [3, 1], [5, 1])), 'unhealthy 2');
});

test('the start period goes on when the clock is set from 1970 to the present', () => {
  const late = {...probe(0, 1), Start: '2026-03-01T12:00:00Z'};
  const state = healthAtStart(undefined);
  assert.is(brief(healthAfter(state, late, {plan, ageMs: 9999})), 'starting 0');
  assert.is(brief(healthAfter(state, late, {plan, ageMs: 10_000})), 'starting 1');
});

test('the last five results are kept, oldest first', () => {
  const {Log: log} = after([11, 0], [12, 0], [13, 0], [14, 0], [15, 0], [16, 1]);
  assert.equal(
    log.map(({Output: output}) => output),
    ['12', '13', '14', '15', '16'],
  );
});

test('a start begins the counting anew, and keeps the results', () => {
  const old = after([11, 1], [12, 1]);
  assert.equal(healthAtStart(old), {Status: 'starting', FailingStreak: 0, Log: old.Log});
});

test('in the start period probes come at the start interval, while it starts', () => {
  const delay = (status: HealthState['Status'], seconds: number) =>
    probeDelayMs(status, {plan, ageMs: seconds * 1000});
  assert.is(delay('starting', 0), 2000);
  assert.is(delay('starting', 9.9), 2000);
  assert.is(delay('starting', 10), 30_000);
  assert.is(delay('healthy', 1), 30_000);
});

test.run();
