import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {closestTo} from '../../src/cli/closest.ts';

const test = suite('closest');
const commands = ['run', 'rm', 'ps', 'images', 'version', 'inspect'];

test('a slip finds its word', () => {
  assert.is(closestTo('rnu', commands), 'run');
  assert.is(closestTo('image', commands), 'images');
  assert.is(closestTo('inspct', commands), 'inspect');
});

test('another word finds none', () => assert.is(closestTo('commit', commands), undefined));

test.run();
