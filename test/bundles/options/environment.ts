import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseEnv, parseEnvFile} from '../../../bundles/options/environment.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const caller = {USER: 'me', EMPTY: ''};

function parseFile(text: string): string[] {
  return parseEnvFile(text, {path: 'my.env', caller});
}

test('a name alone takes the caller’s value, or stays bare', () => {
  assert.equal(parseEnv(['A=1', 'USER', 'EMPTY', 'NONE', 'B=', 'C=x=y'], caller), [
    'A=1',
    'USER=me',
    'EMPTY=',
    'NONE',
    'B=',
    'C=x=y',
  ]);
});

for (const text of ['', '=', '=x']) {
  test(`'${text}' has no name`, async () => {
    const error = await engineErrorOf(() => parseEnv([text], {}));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, `invalid environment variable: ${text}`);
  });
}

test('a file has one variable a line, with comments and blank lines between', () => {
  assert.equal(parseFile('\ufeffA=1\r\n\n  # no\n\tB=2 # part of the value \n#C=3\nUSER\nNONE\nQ="q"\nE='), [
    'A=1',
    'B=2 # part of the value ',
    'USER=me',
    'Q="q"',
    'E=',
  ]);
});

for (const [text, reason] of [
  ['A B=1', "variable 'A B' contains whitespaces"],
  ['A =1', "variable 'A ' contains whitespaces"],
  ['=1', "no variable name on line '=1'"],
] as const) {
  test(`a file with '${text}' is refused in Docker’s words`, async () => {
    const error = await engineErrorOf(() => parseFile(text));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, `invalid env file (my.env): ${reason}`);
  });
}

test.run();
