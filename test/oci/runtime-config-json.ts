import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {formatRuntimeJson, parseWithBigints} from '../../src/oci/runtime-config-json.ts';

test('integers beyond 2^53 keep every digit on both ways', () => {
  const text = '{"a":18446744073709551615,"b":-9223372036854775808,"c":[9007199254740993]}';
  const value = parseWithBigints(text) as {a: bigint; b: bigint; c: bigint[]};
  assert.equal(value, {a: 2n ** 64n - 1n, b: -(2n ** 63n), c: [9007199254740993n]});
  assert.is(formatRuntimeJson(value), text);
});

test('other numbers stay numbers', () => {
  assert.equal(parseWithBigints('[1, 1.5, 1e300, -0, 9007199254740991]'), [1, 1.5, 1e300, -0, 2 ** 53 - 1]);
});

test('a small bigint is written as a plain integer', () => {
  assert.is(formatRuntimeJson({a: 5n}), '{"a":5}');
});

test.run();
