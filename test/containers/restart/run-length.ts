import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {processAgeMs, runLengthMs} from '../../../src/containers/restart/run-length.ts';

const test = suite('how long a container ran');

// Started 100 s after the boot; now it is 160 s after it.
const process = {pid: 7, startTime: 10_000};
const uptimeMs = 160_000;

for (const [what, startedAt, finishedAt, ranMs] of [
  ['by the calendar', '2026-11-24T10:00:00.000Z', '2026-11-24T10:00:42.500Z', 42_500],
  ['when the calendar jumps from 1970', '1970-01-01T00:01:40.000Z', '2026-11-24T10:00:00.000Z', 60_000],
  ['when the calendar is set back', '2026-11-24T10:00:00.000Z', '2026-11-24T09:00:00.000Z', 60_000],
] as const) {
  test(what, () => {
    assert.is(runLengthMs({startedAt: new Date(startedAt), process}, new Date(finishedAt), uptimeMs), ranMs);
  });
}

test('nobody knows it of a container of the last boot, or one that never ran', () => {
  const now = new Date();
  assert.is(runLengthMs({startedAt: now, process: undefined}, now, uptimeMs), undefined);
  assert.is(runLengthMs({startedAt: undefined, process}, now, uptimeMs), undefined);
});

test('a process has the age that the kernel counts, and never less than none', () => {
  assert.is(processAgeMs(process, uptimeMs), 60_000);
  assert.is(processAgeMs(process, 99_990), 0);
});

test.run();
