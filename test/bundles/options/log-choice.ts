import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseLogDriver, parseLogOptions} from '../../../bundles/options/log-choice.ts';
import {parseStream} from '../../../bundles/options/stream.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

test('the drivers, and nothing for the default', () => {
  for (const name of ['json-file', 'k8s-file', 'journald', 'none']) assert.is(parseLogDriver(name), name);
  assert.is(parseLogDriver(''), undefined);
});

test('size and number of the files, as values and as they were given', () => {
  assert.equal(
    parseLogOptions(['max-size=10m', 'max-file=3', 'mode=blocking', 'compress=false'], 'json-file'),
    {
      driver: 'json-file',
      maxSizeBytes: 10_000_000,
      maxFile: 3,
      given: {'max-size': '10m', 'max-file': '3', mode: 'blocking', compress: 'false'},
    },
  );
  assert.equal(parseLogOptions([], undefined), {given: {}});
});

for (const [driver, text, code, message] of [
  [undefined, 'foo=x', 'invalid-option', "unknown log opt 'foo' for json-file log driver"],
  [undefined, 'max-size=0', 'invalid-option', 'max-size must be a positive number'],
  [undefined, 'max-size=-5', 'invalid-option', "invalid size: '-5'"],
  [undefined, 'max-file=x', 'invalid-option', 'strconv.Atoi: parsing "x": invalid syntax'],
  [undefined, 'max-file=0', 'invalid-option', 'max-file cannot be less than 1'],
  [undefined, 'mode=x', 'invalid-option', 'logger: logging mode not supported: x'],
  [undefined, 'mode=non-blocking', 'not-supported', '--log-opt mode=non-blocking is not supported'],
  [undefined, 'compress=true', 'not-supported', '--log-opt compress=true is not supported'],
  ['journald', 'max-size=1m', 'invalid-option', "unknown log opt 'max-size' for journald log driver"],
  ['none', 'max-size=1m', 'invalid-option', 'invalid logging opts for driver none'],
] as const) {
  test(`${driver ?? 'the default'} refuses ${text}`, async () => {
    const error = await engineErrorOf(() => parseLogOptions([text], driver));
    assert.is(error.code, code);
    assert.is(error.message, message);
  });
}

test('drivers of Docker’s that are not here, and those that nobody knows', async () => {
  const known = await engineErrorOf(() => parseLogDriver('syslog'));
  assert.is(known.code, 'not-supported');
  assert.is(known.message, 'the log driver syslog is not supported');
  const unknown = await engineErrorOf(() => parseLogDriver('foo'));
  assert.is(unknown.code, 'invalid-option');
  assert.is(unknown.message, 'error looking up logging plugin foo: plugin "foo" not found');
});

test('streams in either case', async () => {
  assert.is(parseStream('STDOUT'), 'stdout');
  assert.is(parseStream('stdin'), 'stdin');
  const error = await engineErrorOf(() => parseStream('out'));
  assert.is(error.message, 'valid streams are STDIN, STDOUT and STDERR');
});

test.run();
