import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseLabel, parseLabels} from '../../../bundles/options/label.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

test('a label is a name and a value, which may be empty', () => {
  assert.equal(parseLabel('a=b=c'), ['a', 'b=c']);
  assert.equal(parseLabel('com.example.x'), ['com.example.x', '']);
  assert.equal(parseLabel('  a=  b '), ['a', '  b ']);
});

test('of a label given twice the last value holds', () => {
  assert.equal(parseLabels(['a=1', 'b', 'a=2']), {a: '2', b: ''});
});

test('a label of a name that objects have is a label like others', () => {
  assert.equal(Object.entries(parseLabels(['__proto__=x', 'constructor=y'])), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
});

for (const [text, message] of [
  ['=x', "invalid label '=x': empty name"],
  ['', "invalid label '': empty name"],
  ['a b=x', "label 'a b' contains whitespaces"],
] as const) {
  test(`'${text}' is refused in Docker’s words`, async () => {
    const error = await engineErrorOf(() => parseLabel(text));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, message);
  });
}

test.run();
