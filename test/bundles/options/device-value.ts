import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseDeviceBps, parseDeviceIops, parseDeviceWeight} from '../../../bundles/options/device-value.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

test('a device and a number', () => {
  assert.equal(parseDeviceWeight('/dev/sda:500'), {path: '/dev/sda', value: 500});
  assert.equal(parseDeviceWeight('/dev/sda:0'), {path: '/dev/sda', value: 0});
  assert.equal(parseDeviceBps('/dev/disk/by-id/x:1.5mb'), {path: '/dev/disk/by-id/x', value: 1_572_864});
  assert.equal(parseDeviceIops('/dev/sda:1000'), {path: '/dev/sda', value: 1000});
});

const bps =
  'The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb';
const iops = 'The correct format is <device-path>:<number>. Number must be a positive integer';
const refused: [parse: (text: string) => unknown, text: string, message: string][] = [
  [parseDeviceWeight, '/dev/sda', 'bad format: /dev/sda'],
  [parseDeviceWeight, ':100', 'bad format: :100'],
  [parseDeviceWeight, 'sda:100', 'bad format for device path: sda:100'],
  [parseDeviceWeight, '/dev/sda:9', 'invalid weight for device: /dev/sda:9'],
  [parseDeviceWeight, '/dev/sda:1001', 'invalid weight for device: /dev/sda:1001'],
  [parseDeviceWeight, '/dev/sda:x', 'invalid weight for device: /dev/sda:x'],
  [parseDeviceBps, '/dev/sda:-1', `invalid rate for device: /dev/sda:-1. ${bps}`],
  [parseDeviceBps, '/dev/sda:', `invalid rate for device: /dev/sda:. ${bps}`],
  [parseDeviceIops, '/dev/sda:1k', `invalid rate for device: /dev/sda:1k. ${iops}`],
];
for (const [parse, text, message] of refused) {
  test(`${parse.name} refuses ${text}`, async () => {
    const error = await engineErrorOf(() => parse(text));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, message);
  });
}

test.run();
