import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  bitsOf,
  compareAddresses,
  familyOf,
  type IpAddress,
  ipAddressOf,
  isLoopback,
  isUnspecified,
  parseIpAddress,
} from '../../src/addresses/ip-address.ts';

const test = suite('IP addresses');
const ip = (text: string) => parseIpAddress(text) as IpAddress;

const canonical: [text: string, expected: string][] = [
  ['10.0.0.1', '10.0.0.1'],
  ['255.255.255.255', '255.255.255.255'],
  ['::', '::'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['FD00:0000:0000:0001::00A0', 'fd00:0:0:1::a0'],
  // RFC 5952, 4.2.2 and 4.2.3: a single zero group stays, of equal runs the first is shortened.
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['1::', '1::'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
];
for (const [text, expected] of canonical) {
  test(`${text} is ${expected}`, () => {
    assert.is(parseIpAddress(text), expected);
    assert.is(ipAddressOf(familyOf(ip(text)), bitsOf(ip(text))), expected);
  });
}

for (const text of [
  '',
  '10.0.0',
  '10.0.0.256',
  '010.0.0.1',
  '10.0.0.1/8',
  'fe80::1%eth0',
  '1::2::3',
  'host',
  ' ::1',
]) {
  test(`'${text}' is no address`, () => {
    assert.is(parseIpAddress(text), undefined);
  });
}

test('sorts IPv4 first, and by number, not by text', () => {
  const sorted = ['::2', '10.0.0.10', '10.0.0.9', '9.255.0.0', '::1'].map(ip).sort(compareAddresses);
  assert.equal(sorted, ['9.255.0.0', '10.0.0.9', '10.0.0.10', '::1', '::2']);
  assert.is(compareAddresses(ip('::1'), ip('0::1')), 0);
});

test('knows loopback and unspecified addresses', () => {
  assert.equal(['127.0.0.1', '127.9.9.9', '::1', '10.127.0.1', '::'].map(ip).map(isLoopback), [
    true,
    true,
    true,
    false,
    false,
  ]);
  assert.equal(['0.0.0.0', '::', '0.0.0.1'].map(ip).map(isUnspecified), [true, true, false]);
});

test.run();
