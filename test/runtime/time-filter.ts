import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseTimeFilter} from '../../src/runtime/time-filter.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const test = suite('time-filter');
const now = Date.UTC(2026, 0, 2, 15, 4, 5);
const nowInstant = BigInt(now) * 1_000_000n;
const second = 1_000_000_000n;

test('a duration goes back from now', () => {
  assert.is(parseTimeFilter('10m', now), nowInstant - 600n * second);
  assert.is(parseTimeFilter('1h30m', now), nowInstant - 5400n * second);
  assert.is(parseTimeFilter('-5s', now), nowInstant + 5n * second);
  assert.is(parseTimeFilter('1.5s', now), nowInstant - 1_500_000_000n);
});

test('a number is seconds since 1970, with up to nine places', () => {
  assert.is(parseTimeFilter('1136073600', now), 1136073600n * second);
  assert.is(parseTimeFilter('1136073600.000000001', now), 1136073600n * second + 1n);
  assert.is(parseTimeFilter('0', now), 0n);
  assert.is(parseTimeFilter('-1.5', now), -1_500_000_000n);
});

test('a date may have a time, a fraction and a zone', () => {
  const noon = BigInt(Date.UTC(2026, 0, 2, 12)) * 1_000_000n;
  assert.is(parseTimeFilter('2026-01-02T12:00:00Z', now), noon);
  assert.is(parseTimeFilter('2026-01-02T12:00:00.000000007Z', now), noon + 7n);
  assert.is(parseTimeFilter('2026-01-02T14:00:00.5+02:00', now), noon + 500_000_000n);
  assert.is(parseTimeFilter('2026-01-02T12:00Z', now), noon);
  assert.is(parseTimeFilter('2026-01-02T12Z', now), noon);
  assert.is(parseTimeFilter('2026-01-02Z', now), BigInt(Date.UTC(2026, 0, 2)) * 1_000_000n);
});

test('a date without a zone is local time', () => {
  assert.is(
    parseTimeFilter('2026-01-02T12:00:00', now),
    BigInt(new Date(2026, 0, 2, 12).getTime()) * 1_000_000n,
  );
  assert.is(parseTimeFilter('2026-01-02', now), BigInt(new Date(2026, 0, 2).getTime()) * 1_000_000n);
});

test("anything else is refused in Docker's words", async () => {
  for (const text of ['', 'yesterday', '2026-13-02', '2026-01-02 12:00', '10 m', '1e5']) {
    const error = await engineErrorOf(() => parseTimeFilter(text, now));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, `failed to parse value as time or duration: "${text}"`);
  }
});

test.run();
