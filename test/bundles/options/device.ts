import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseDevice, parseDeviceRule} from '../../../bundles/options/device.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

for (const [text, source, target, access] of [
  ['/dev/a', '/dev/a', '/dev/a', 'rwm'],
  ['/dev/a:r', '/dev/a', '/dev/a', 'r'],
  ['/dev/a:/dev/b', '/dev/a', '/dev/b', 'rwm'],
  ['/dev/a:/dev/x/../b:mw', '/dev/a', '/dev/b', 'mw'],
  ['/dev/dri/', '/dev/dri/', '/dev/dri', 'rwm'],
] as const) {
  test(`--device ${text}`, () => assert.equal(parseDevice(text), {source, target, access}));
}

test('an unqualified name is no path; a qualified one is of the Container Device Interface', async () => {
  assert.is((await engineErrorOf(() => parseDevice('a'))).message, 'a is not an absolute path');
  const error = await engineErrorOf(() => parseDevice('vendor.com/class=all'));
  assert.is(error.code, 'not-supported');
  assert.is(
    error.message,
    'cannot add the device vendor.com/class=all: the Container Device Interface (CDI) is not supported',
  );
});

test('rules by number', () => {
  assert.equal(parseDeviceRule('c 188:* rwm'), {type: 'c', major: 188, access: 'rwm'});
  assert.equal(parseDeviceRule('b *:1 r'), {type: 'b', minor: 1, access: 'r'});
  assert.equal(parseDeviceRule('a *:* m'), {type: 'a', access: 'm'});
});

test.run();
