import {DatabaseSync} from 'node:sqlite';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {errorText} from '../../src/cli/report-error.ts';

function hostError(code: string, path?: string): Error {
  return Object.assign(new Error(`${code}: no words`), {code, ...(path !== undefined && {path})});
}

test('what the disk does is told as such, with the place', () => {
  assert.is(
    errorText(hostError('ENOSPC', '/var/lib/crundle/images/index.json')),
    `Error: no space left on the disk for /var/lib/crundle/images/index.json
Hint: 'crundle system df' shows what takes it, 'crundle system prune' frees what nobody uses
`,
  );
  assert.match(
    errorText(hostError('EIO')),
    /^Error: the disk cannot be read or written\nHint: 'dmesg' says which/,
  );
  assert.match(errorText(hostError('EROFS')), /^Error: the file system is read-only\n/);
});

test('a damaged database points to its repair', () => {
  using database = new DatabaseSync(':memory:');
  let failure: unknown;
  try {
    database.exec('SELECT * FROM containers');
  } catch (error) {
    failure = error;
  }
  assert.is(
    errorText(failure),
    `Error: the database of containers is damaged: no such table: containers
Hint: 'crundle system check --repair' mends it
`,
  );
});

test('anything else is a bug, with its stack', () => {
  assert.match(
    errorText(new TypeError('x is not a function')),
    /^Error: crundle has a bug.*\nTypeError: x is not/,
  );
});

test.run();
