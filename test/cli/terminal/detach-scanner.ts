import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {DetachScanner} from '../../../src/cli/terminal/detach-scanner.ts';

const test = suite('detach scanner');
const ctrlP = '\x10';
const ctrlQ = '\x11';

function type(sequence: string, ...chunks: string[]): string {
  const scanner = new DetachScanner(Buffer.from(sequence));
  let passed = '';
  for (const chunk of chunks) {
    const {forward, detached} = scanner.scan(Buffer.from(chunk));
    passed += Buffer.from(forward).toString();
    if (detached) return `${passed}|`;
  }
  return passed;
}

test('the sequence detaches and is not passed on', () => {
  assert.is(type(ctrlP + ctrlQ, `ls\n${ctrlP}${ctrlQ}rest`), 'ls\n|');
});

test('it may come in pieces', () => {
  assert.is(type(ctrlP + ctrlQ, 'a', ctrlP, ctrlQ), 'a|');
});

test('keys that turn out not to belong to it are passed on late', () => {
  assert.is(type(ctrlP + ctrlQ, ctrlP), '');
  assert.is(type(ctrlP + ctrlQ, ctrlP, 'x'), `${ctrlP}x`);
  assert.is(type(ctrlP + ctrlQ, ctrlP, ctrlP, ctrlQ), `${ctrlP}|`);
  assert.is(type('aab', 'aaab'), 'a|');
  assert.is(type('abac', 'ababac'), 'ab|');
});

test('a single key detaches at once', () => assert.is(type('q', 'abq'), 'ab|'));

test('an empty sequence never detaches', () => assert.is(type('', `${ctrlP}${ctrlQ}`), ctrlP + ctrlQ));

test.run();
