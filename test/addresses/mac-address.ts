import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type IpAddress, parseIpAddress} from '../../src/addresses/ip-address.ts';
import {macOf, parseMacAddress, randomMac} from '../../src/addresses/mac-address.ts';

const test = suite('Ethernet addresses');

test('are written with colons in lower case', () => {
  assert.is(parseMacAddress('02:42:AC:11:00:02'), '02:42:ac:11:00:02');
  assert.is(parseMacAddress('02-42-ac-11-00-02'), '02:42:ac:11:00:02');
});

const refused = {
  'too short': '02:42:ac:11:00',
  'too long': '02:42:ac:11:00:02:03',
  'mixed separators': '02:42-ac:11:00:02',
  'a group address': '01:42:ac:11:00:02',
  'all zero': '00:00:00:00:00:00',
  'no hexadecimal digits': '02:42:ac:11:00:0g',
  'no separators': '0242ac110002',
};
for (const [what, text] of Object.entries(refused)) {
  test(`refuses ${what}: ${text}`, () => {
    assert.is(parseMacAddress(text), undefined);
  });
}

test('follow from IPv4 addresses as under Docker', () => {
  assert.is(macOf(parseIpAddress('172.17.0.2') as IpAddress), '02:42:ac:11:00:02');
  assert.is(macOf(parseIpAddress('0.0.0.1') as IpAddress), '02:42:00:00:00:01');
});

test('at random are valid, and differ', () => {
  const macs = Array.from({length: 100}, randomMac);
  assert.equal(macs.map(parseMacAddress), macs);
  assert.ok(new Set(macs).size > 95);
});

test.run();
