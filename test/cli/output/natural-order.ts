import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {naturalOrder} from '../../../src/cli/output/natural-order.ts';

const test = suite('natural order');

test('numbers in names by their value, all else by character', () => {
  const names = ['v10', 'v2', 'b', 'B', 'v', 'v2a', 'v02', ''];
  assert.equal(names.sort(naturalOrder), ['', 'B', 'b', 'v', 'v02', 'v2', 'v2a', 'v10']);
});

test.run();
