import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {EngineError, errnoOf, isEngineError} from '../src/errors.ts';

const test = suite('errors');

test('an error carries its code, message, hint, cause and exit code', () => {
  const cause = new Error('below');
  const error = new EngineError('image-not-found', 'no such image: x', {hint: 'pull it', cause, exit: 125});
  assert.is(error.name, 'EngineError');
  assert.is(error.code, 'image-not-found');
  assert.is(error.message, 'no such image: x');
  assert.is(error.hint, 'pull it');
  assert.is(error.cause, cause);
  assert.equal(error.oclif, {exit: 125});
});

test('a command exits with 1 unless the error says otherwise', () => {
  const error = new EngineError('state-busy', 'busy');
  assert.equal(error.oclif, {exit: 1});
  assert.is(error.hint, undefined);
  assert.not.ok('cause' in error);
});

test('user information in a URL does not reach the message', () => {
  const error = new EngineError('registry-failed', 'GET https://me:secret@host/v2/ failed', {
    hint: 'see http://t@h/',
  });
  assert.is(error.message, 'GET https://host/v2/ failed');
  assert.is(error.hint, 'see http://h/');
});

test('bearer and basic credentials do not reach the message', () => {
  assert.is(new EngineError('registry-failed', 'sent Bearer abcdef.ghi-jkl').message, 'sent Bearer ***');
  assert.is(new EngineError('registry-failed', 'sent Basic dXNlcjpwYXNz').message, 'sent Basic ***');
});

test('control characters cannot drive the terminal; lines and tabs stay', () => {
  assert.is(
    new EngineError('program-failed', 'a\x1b[31mb\x07\r\n\tc\x9b').message,
    'a\ufffd[31mb\ufffd\ufffd\n\tc\ufffd',
  );
});

test('isEngineError asks for the class, and for one of the codes', () => {
  const error = new EngineError('disk-full', 'full');
  assert.ok(isEngineError(error));
  assert.ok(isEngineError(error, 'state-busy', 'disk-full'));
  assert.not.ok(isEngineError(error, 'state-busy'));
  assert.not.ok(isEngineError(new Error('full')));
  assert.not.ok(isEngineError(undefined));
});

test('errnoOf reads the errno name of a failure and nothing else', () => {
  assert.is(errnoOf(Object.assign(new Error(), {code: 'ENOENT'})), 'ENOENT');
  assert.is(errnoOf(Object.assign(new Error(), {code: 'ERR_INVALID_ARG_TYPE'})), undefined);
  assert.is(errnoOf(Object.assign(new Error(), {code: 2})), undefined);
  assert.is(errnoOf(new EngineError('disk-full', 'full')), undefined);
  assert.is(errnoOf({code: 'ENOENT'}), undefined);
});

test.run();
