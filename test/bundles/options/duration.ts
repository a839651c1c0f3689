import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {formatDuration, parseDuration} from '../../../bundles/options/duration.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const good: [string, number, string][] = [
  ['0', 0, '0s'],
  ['30s', 30e9, '30s'],
  ['1m', 60e9, '1m0s'],
  ['1h1m1.5s', 3661.5e9, '1h1m1.5s'],
  ['1.5s', 1.5e9, '1.5s'],
  ['.5s', 5e8, '500ms'],
  ['5.ms', 5e6, '5ms'],
  ['+10us', 1e4, '10µs'],
  ['10µs', 1e4, '10µs'],
  ['7ns', 7, '7ns'],
  ['-2h', -7200e9, '-2h0m0s'],
];
for (const [text, nanoseconds, shown] of good) {
  test(`a duration: ${text}`, () => {
    assert.is(parseDuration(text), nanoseconds);
    assert.is(formatDuration(nanoseconds), shown);
  });
}

const bad: [string, string][] = [
  ['', 'time: invalid duration ""'],
  ['x', 'time: invalid duration "x"'],
  ['.s', 'time: invalid duration ".s"'],
  ['-', 'time: invalid duration "-"'],
  ['5', 'time: missing unit in duration "5"'],
  ['1m5', 'time: missing unit in duration "1m5"'],
  ['5x', 'time: unknown unit "x" in duration "5x"'],
  ['1d', 'time: unknown unit "d" in duration "1d"'],
  ['1 s', 'time: unknown unit " s" in duration "1 s"'],
  ['99999999999h', 'time: invalid duration "99999999999h"'],
];
for (const [text, message] of bad) {
  test(`no duration: '${text}'`, async () => {
    const error = await engineErrorOf(() => parseDuration(text));
    assert.equal([error.code, error.message], ['invalid-option', message]);
  });
}

test.run();
