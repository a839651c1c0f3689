import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseTail} from '../../src/cli/log-options.ts';

const test = suite('log options');

test('tail is a number of lines or all', () => {
  assert.is(parseTail('5'), 5);
  assert.is(parseTail('0'), 0);
  assert.is(parseTail('all'), 'all');
  assert.is(parseTail('-1'), 'all');
  assert.throws(() => parseTail('few'), /must be a number/);
});

test.run();
