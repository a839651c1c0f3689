import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {defaultDetachKeys, parseDetachKeys} from '../../../bundles/options/detach-keys.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const keys: [text: string, bytes: number[]][] = [
  [defaultDetachKeys, [16, 17]],
  ['ctrl-@', [0]],
  ['ctrl-a,a', [1, 97]],
  ['ctrl-z,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_', [26, 27, 28, 29, 30, 31]],
  ['DEL', [127]],
  ['A,%', [65, 37]],
];
for (const [text, bytes] of keys) {
  test(`'${text}' is ${bytes.join(' ')}`, () => {
    assert.equal([...parseDetachKeys(text)], bytes);
  });
}

for (const [text, key] of [
  ['ctrl-1', 'ctrl-1'],
  ['ctrl-A', 'ctrl-A'],
  ['ctrl-', 'ctrl-'],
  ['a,,b', ''],
  ['', ''],
  ['é', 'é'],
  ['ab', 'ab'],
] as const) {
  test(`'${text}' is refused`, async () => {
    const error = await engineErrorOf(() => parseDetachKeys(text));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, `invalid detach keys (${text}) provided: unknown character: '${key}'`);
  });
}

test.run();
