import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseLogTime, parseTail} from '../../src/cli/log-options.ts';

const test = suite('log options');
const now = new Date('2026-01-02T03:04:05.000Z');

for (const [text, expected] of [
  ['42m', '2026-01-02T02:22:05.000Z'],
  ['1h30m', '2026-01-02T01:34:05.000Z'],
  ['1.5s', '2026-01-02T03:04:03.500Z'],
  ['1136073600', '2006-01-01T00:00:00.000Z'],
  ['1136073600.5', '2006-01-01T00:00:00.500Z'],
  ['2013-01-02T13:23:37Z', '2013-01-02T13:23:37.000Z'],
  ['2013-01-02T13:23:37.123Z', '2013-01-02T13:23:37.123Z'],
  ['2013-01-02T13:23:37+02:00', '2013-01-02T11:23:37.000Z'],
  ['2013-01-02Z', '2013-01-02T00:00:00.000Z'],
  ['2013-01-02T13Z', '2013-01-02T13:00:00.000Z'],
  ['2013-01-02T13:23Z', '2013-01-02T13:23:00.000Z'],
] as const) {
  test(`${text} is ${expected}`, () => assert.is(parseLogTime(text, now).toISOString(), expected));
}

test('other text is no time', () => {
  assert.throws(
    () => parseLogTime('yesterday', now),
    (error: Error) => error.message === "invalid time 'yesterday'",
  );
});

test('tail is a number of lines or all', () => {
  assert.is(parseTail('5'), 5);
  assert.is(parseTail('0'), 0);
  assert.is(parseTail('all'), 'all');
  assert.is(parseTail('-1'), 'all');
  assert.throws(() => parseTail('few'), /must be a number/);
});

test.run();
