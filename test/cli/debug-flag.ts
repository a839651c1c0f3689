import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {takeDebugFlag} from '../../src/cli/debug-flag.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const test = suite('debug flag');

const lines: [string[], string[], boolean][] = [
  [['run', 'x'], ['run', 'x'], false],
  [['-D', 'run', 'x'], ['run', 'x'], true],
  [['--debug', 'run', '--debug'], ['run', '--debug'], true],
  [['--debug=true', 'ps'], ['ps'], true],
  [['--debug', '--debug=false', 'ps'], ['ps'], false],
  [['-D=0', 'ps'], ['ps'], false],
  [['--debugger', 'ps'], ['--debugger', 'ps'], false],
  [['-D'], [], true],
];

for (const [line, argv, debug] of lines) {
  test(`'${line.join(' ')}' is ${argv.length} words with debug ${debug}`, () => {
    assert.equal(takeDebugFlag(line, {}), {argv, debug});
  });
}

test('the environment turns it on, and the flag goes over it', () => {
  for (const value of ['1', 'true', 'yes']) assert.ok(takeDebugFlag([], {CRUNDLE_DEBUG: value}).debug);
  for (const value of ['', '0', 'false']) assert.not(takeDebugFlag([], {CRUNDLE_DEBUG: value}).debug);
  assert.not(takeDebugFlag(['--debug=false'], {CRUNDLE_DEBUG: '1'}).debug);
});

test('a value that is neither true nor false is refused', async () => {
  const error = await engineErrorOf(() => takeDebugFlag(['--debug=maybe'], {}));
  assert.is(error.code, 'invalid-option');
  assert.is(error.message, 'invalid argument "maybe" for "-D, --debug" flag: must be true or false');
  assert.is(error.oclif.exit, 125);
});

test.run();
