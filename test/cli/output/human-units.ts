import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  binarySize,
  ellipsis,
  humanDuration,
  humanSize,
  shortId,
} from '../../../src/cli/output/human-units.ts';

const test = suite('human units');
const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;

// Values of go-units' own tests, and of `docker images`.
for (const [bytes, digits, expected] of [
  [0, 4, '0B'],
  [872, 4, '872B'],
  [1000, 4, '1kB'],
  [1024, 4, '1.024kB'],
  [1_000_000, 4, '1MB'],
  [1_048_576, 4, '1.049MB'],
  [4_030_000, 3, '4.03MB'],
  [7_377_000, 3, '7.38MB'],
  [139_999_999, 3, '140MB'],
  [2e12, 4, '2TB'],
] as const) {
  test(`${bytes} bytes in ${digits} digits are ${expected}`, () =>
    assert.is(humanSize(bytes, digits), expected));
}

test('binary sizes', () => {
  assert.is(binarySize(4_125_081_600), '3.842GiB');
  assert.is(binarySize(1024), '1KiB');
});

for (const [ms, expected] of [
  [450, 'Less than a second'],
  [1 * second, '1 second'],
  [45 * second, '45 seconds'],
  [60 * second, 'About a minute'],
  [90 * second, 'About a minute'],
  [3 * 60 * second, '3 minutes'],
  [59 * 60 * second + 59 * second, '59 minutes'],
  [hour, 'About an hour'],
  [hour + 45 * 60 * second, '2 hours'],
  [3 * hour, '3 hours'],
  [25 * hour, '25 hours'],
  [47 * hour, '47 hours'],
  [48 * hour, '2 days'],
  [7 * day, '7 days'],
  [14 * day, '2 weeks'],
  [59 * day, '8 weeks'],
  [60 * day, '2 months'],
  [365 * day, '12 months'],
  [365 * 2 * day, '2 years'],
] as const) {
  test(`${ms} ms are ${expected}`, () => assert.is(humanDuration(ms), expected));
}

test('ids and long texts are cut', () => {
  assert.is(
    shortId('sha256:05455a08881ea9cf0e752bc48e61bbd71a34c029bb13df01e40e3e70e0d007bd'),
    '05455a08881e',
  );
  assert.is(ellipsis('sleep 1000', 20), 'sleep 1000');
  assert.is(ellipsis('sh -c while true; do sleep 1; done', 20), 'sh -c while true; d…');
});

test.run();
