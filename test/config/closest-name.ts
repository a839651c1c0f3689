import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {closestName} from '../../src/config/closest-name.ts';

const test = suite('closest name');
const commands = ['run', 'rm', 'ps', 'images', 'version', 'inspect'];

test('a slip finds its word', () => {
  assert.is(closestName('rnu', commands), 'run');
  assert.is(closestName('image', commands), 'images');
  assert.is(closestName('inspct', commands), 'inspect');
});

test('another word finds none', () => assert.is(closestName('commit', commands), undefined));

test.run();
