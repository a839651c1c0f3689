import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  addressWithPrefix,
  baseOf,
  type Cidr,
  contains,
  covers,
  familyOfCidr,
  nthAddress,
  overlaps,
  parseCidr,
  parseHostCidr,
  prefixOf,
  sizeOf,
} from '../../src/addresses/cidr.ts';
import {type IpAddress, parseIpAddress} from '../../src/addresses/ip-address.ts';

const test = suite('networks in CIDR notation');
const ip = (text: string) => parseIpAddress(text) as IpAddress;
const net = (text: string) => parseCidr(text) as Cidr;

test('clears host bits', () => {
  assert.is(parseCidr('172.17.5.9/16'), '172.17.0.0/16');
  assert.is(parseCidr('FD00::1:2:3:4/64'), 'fd00::/64');
  assert.is(parseCidr('10.1.2.3/0'), '0.0.0.0/0');
  assert.is(parseCidr('10.1.2.3/32'), '10.1.2.3/32');
});

test('keeps the address where one is written', () => {
  assert.equal(parseHostCidr('172.26.0.1/16'), {address: ip('172.26.0.1'), network: net('172.26.0.0/16')});
});

for (const text of [
  '10.0.0.0',
  '10.0.0.0/33',
  '::/129',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '/8',
  '10.0.0.0/',
  'a/8',
]) {
  test(`'${text}' is no network`, () => {
    assert.is(parseCidr(text), undefined);
    assert.is(parseHostCidr(text), undefined);
  });
}

test('tells its parts', () => {
  assert.is(prefixOf(net('10.0.0.0/9')), 9);
  assert.is(baseOf(net('fd00::/64')), 'fd00::');
  assert.is(familyOfCidr(net('fd00::/64')), 6);
  assert.is(sizeOf(net('10.0.0.0/30')), 4n);
  assert.is(sizeOf(net('fd00::/64')), 1n << 64n);
  assert.is(addressWithPrefix(ip('10.0.0.5'), net('10.0.0.0/24')), '10.0.0.5/24');
});

test('counts its addresses from the front and from the back', () => {
  assert.is(nthAddress(net('10.0.0.0/16'), 256n), '10.0.1.0');
  assert.is(nthAddress(net('10.0.0.0/16'), -1n), '10.0.255.255');
  assert.is(nthAddress(net('fd00::/64'), -1n), 'fd00::ffff:ffff:ffff:ffff');
});

test('contains addresses of its family only', () => {
  assert.ok(contains(net('10.0.0.0/8'), ip('10.255.255.255')));
  assert.not(contains(net('10.0.0.0/8'), ip('11.0.0.0')));
  assert.ok(contains(net('0.0.0.0/0'), ip('1.2.3.4')));
  assert.not(contains(net('0.0.0.0/0'), ip('::1')));
  assert.not(contains(net('::/0'), ip('1.2.3.4')));
});

test('covers what lies in it, and overlaps both ways', () => {
  const [large, small, other] = [net('10.0.0.0/8'), net('10.3.0.0/16'), net('11.0.0.0/8')];
  assert.equal([covers(large, small), covers(small, large), covers(large, large)], [true, false, true]);
  assert.equal([overlaps(large, small), overlaps(small, large), overlaps(small, other)], [true, true, false]);
  assert.not(overlaps(net('0.0.0.0/0'), net('::/0')));
});

test.run();
