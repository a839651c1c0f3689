import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {mergeTmpfsOptions, parseTmpfs} from '../../../bundles/options/tmpfs.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

test('a path alone has no options of its own', () => {
  assert.equal(parseTmpfs('/run/'), {type: 'tmpfs', target: '/run', options: []});
  assert.equal(parseTmpfs('/run:'), {type: 'tmpfs', target: '/run', options: []});
  assert.equal(parseTmpfs('/run:defaults'), {type: 'tmpfs', target: '/run', options: []});
});

test('options are kept as given', () => {
  assert.equal(parseTmpfs('/run:rw,size=64m,mode=1777,uid=5,mpol=bind:0').options, [
    'rw',
    'size=64m',
    'mode=1777',
    'uid=5',
    'mpol=bind:0',
  ]);
});

test('options override Docker’s, and the last of a kind holds', () => {
  assert.equal(mergeTmpfsOptions([]), ['noexec', 'nosuid', 'nodev', 'rprivate']);
  assert.equal(mergeTmpfsOptions(['exec', 'size=1m', 'suid', 'size=2m']), [
    'nodev',
    'rprivate',
    'exec',
    'suid',
    'size=2m',
  ]);
});

for (const [text, message] of [
  ['run', "invalid mount path: 'run' mount path must be absolute"],
  ['/', "invalid specification: destination can't be '/'"],
  ['', "invalid mount path: '' mount path must be absolute"],
  ['/run:wat', 'invalid tmpfs option "wat"'],
  ['/run:wat=1', 'invalid tmpfs option "wat"'],
  ['/run:size', 'invalid tmpfs option "size"'],
  ['/run:ro=1', 'invalid tmpfs option "ro"'],
  ['/run:constructor', 'invalid tmpfs option "constructor"'],
  ['/run:bind', 'invalid tmpfs option "bind"'],
] as const) {
  test(`'${text}' is refused in Docker’s words`, async () => {
    const error = await engineErrorOf(() => parseTmpfs(text));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, message);
  });
}

test.run();
