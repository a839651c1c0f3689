import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseCpus} from '../../../bundles/options/cpus.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const cpus: [text: string, nanos: number][] = [
  ['0', 0],
  ['1', 1_000_000_000],
  ['1.5', 1_500_000_000],
  ['.5', 500_000_000],
  ['2.', 2_000_000_000],
  ['0.000000001', 1],
  ['1e-1', 100_000_000],
  ['2E1', 20_000_000_000],
  ['3/2', 1_500_000_000],
  ['+1', 1_000_000_000],
  ['-1', -1_000_000_000],
];
for (const [text, nanos] of cpus) {
  test(`'${text}' is ${nanos} billionths`, () => {
    assert.is(parseCpus(text), nanos);
  });
}

const refused: [text: string, message: string][] = [
  ['', 'failed to parse  as a rational number'],
  ['x', 'failed to parse x as a rational number'],
  ['.', 'failed to parse . as a rational number'],
  ['1/0', 'failed to parse 1/0 as a rational number'],
  ['1.5.5', 'failed to parse 1.5.5 as a rational number'],
  ['1e99', 'failed to parse 1e99 as a rational number'],
  ['0.0000000001', 'value is too precise'],
  ['1/3', 'value is too precise'],
];
for (const [text, message] of refused) {
  test(`'${text}' is refused in Docker’s words`, async () => {
    const error = await engineErrorOf(() => parseCpus(text));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, message);
  });
}

test.run();
