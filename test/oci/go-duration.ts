import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {readGoDuration} from '../../src/oci/go-duration.ts';

for (const [text, nanoseconds] of [
  ['1.5h', 5_400_000_000_000n],
  ['.5s', 500_000_000n],
  ['1m2.000000003s', 62_000_000_003n],
  ['3ms2us1ns', 3_002_001n],
  ['-1m', -60_000_000_000n],
  ['0', 0n],
] as const) {
  test(`${text} is ${nanoseconds} ns`, () => assert.equal(readGoDuration(text), {nanoseconds}));
}

for (const [text, problem] of [
  ['', {problem: 'invalid'}],
  ['m', {problem: 'invalid'}],
  ['s1', {problem: 'invalid'}],
  ['1..2s', {problem: 'missing-unit'}],
  ['.', {problem: 'invalid'}],
  ['10', {problem: 'missing-unit'}],
  ['1d', {problem: 'unknown-unit', unit: 'd'}],
  ['1h ', {problem: 'unknown-unit', unit: 'h '}],
  ['999999999h', {problem: 'invalid'}],
] as const) {
  test(`'${text}' is none: ${problem.problem}`, () => assert.equal(readGoDuration(text), problem));
}

test.run();
