import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseInteger, parseUint16} from '../../../bundles/options/integer.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

for (const [text, value] of [
  ['0', 0],
  ['-1', -1],
  ['+7', 7],
  ['010', 10],
] as const) {
  test(`'${text}' is ${value}`, () => {
    assert.is(parseInteger(text), value);
  });
}

for (const [text, message] of [
  ['', 'strconv.ParseInt: parsing "": invalid syntax'],
  ['x', 'strconv.ParseInt: parsing "x": invalid syntax'],
  ['1.5', 'strconv.ParseInt: parsing "1.5": invalid syntax'],
  ['1 ', 'strconv.ParseInt: parsing "1 ": invalid syntax'],
  ['99999999999999999999', 'strconv.ParseInt: parsing "99999999999999999999": value out of range'],
] as const) {
  test(`'${text}' is refused in Docker’s words`, async () => {
    const error = await engineErrorOf(() => parseInteger(text));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, message);
  });
}

test('16 bits without a sign', async () => {
  assert.is(parseUint16('0'), 0);
  assert.is(parseUint16('65535'), 65_535);
  for (const [text, reason] of [
    ['65536', 'value out of range'],
    ['-1', 'invalid syntax'],
    ['x', 'invalid syntax'],
  ] as const) {
    const error = await engineErrorOf(() => parseUint16(text));
    assert.is(error.message, `strconv.ParseUint: parsing "${text}": ${reason}`);
  }
});

test.run();
