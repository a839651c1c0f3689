import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {cleanPath, parseMountTarget, parseWorkingDir} from '../../../bundles/options/container-path.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

test('a path is cleaned by its text, and never leaves the root', () => {
  assert.is(cleanPath('/a/./b//c/'), '/a/b/c');
  assert.is(cleanPath('/a/../../b'), '/b');
  assert.is(cleanPath('/'), '/');
  assert.is(cleanPath('/..'), '/');
});

test('a mount target is absolute and not the root', async () => {
  assert.is(parseMountTarget('/a/'), '/a');
  const relative = await engineErrorOf(() => parseMountTarget('a'));
  assert.is(relative.message, "invalid mount path: 'a' mount path must be absolute");
  const rootItself = await engineErrorOf(() => parseMountTarget('/a/..'));
  assert.is(rootItself.message, "invalid specification: destination can't be '/'");
});

test('a working folder is absolute', async () => {
  assert.is(parseWorkingDir('/srv/../x'), '/x');
  const error = await engineErrorOf(() => parseWorkingDir('x'));
  assert.is(error.code, 'invalid-option');
  assert.is(error.message, "the working directory 'x' is invalid, it needs to be an absolute path");
});

test.run();
