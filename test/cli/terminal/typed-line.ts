import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {SecretLine} from '../../../src/cli/terminal/typed-line.ts';

const test = suite('a line that is not shown');

function typed(...chunks: string[]): {text: string; hasEnded: boolean; isCancelled: boolean} {
  const line = new SecretLine();
  const hasEnded = chunks.map((chunk) => line.take(Buffer.from(chunk))).includes(true);
  return {text: line.text, hasEnded, isCancelled: line.isCancelled};
}

test('ends with return, a line feed that was typed ahead, or ctrl-D', () => {
  for (const end of ['\r', '\n', '\x04']) {
    assert.equal(typed('se', 'cret', end), {text: 'secret', hasEnded: true, isCancelled: false});
  }
  assert.is(typed('secret').hasEnded, false);
});

test('backspace takes a whole character, ctrl-U all of them', () => {
  assert.is(typed('ab\x7fc\r').text, 'ac');
  assert.is(typed('aé\x08b\r').text, 'ab');
  assert.is(typed('\x7f\x7fa\r').text, 'a');
  assert.is(typed('wrong\x15right\r').text, 'right');
});

test('ctrl-C is no answer', () => {
  assert.is(typed('sec\x03').isCancelled, true);
});

test.run();
