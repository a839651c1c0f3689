import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {chooseSubnet, chooseSubnet6, firstGateway} from '../../../src/network/subnets/subnet-choice.ts';
import {engineErrorOf} from '../../support/engine-error.ts';
import {cidr} from '../../support/network-record.ts';

const test = suite('choice of subnets');
const nets = (...texts: string[]) => texts.map(cidr);
const pool = (base: string, size: number) => ({base: cidr(base), size});

test("begins with Docker's first, and passes over what the host has routes to", () => {
  assert.is(chooseSubnet({pools: [], taken: []}), '172.17.0.0/16');
  assert.is(chooseSubnet({pools: [], taken: nets('172.17.5.0/24', '172.18.0.0/16')}), '172.19.0.0/16');
  assert.is(chooseSubnet({pools: [], taken: nets('172.16.0.0/12')}), '192.168.0.0/20');
  assert.is(chooseSubnet({pools: [], taken: nets('172.16.0.0/12', '192.168.1.0/24')}), '192.168.16.0/20');
});

test('takes subnets of the wanted size from the configured pools, in their order', () => {
  const pools = [pool('10.20.0.0/23', 24), pool('10.30.0.0/24', 26)];
  assert.is(chooseSubnet({pools, taken: []}), '10.20.0.0/24');
  assert.is(chooseSubnet({pools, taken: nets('10.20.0.0/24')}), '10.20.1.0/24');
  assert.is(chooseSubnet({pools, taken: nets('10.20.0.0/16', '10.30.0.64/32')}), '10.30.0.0/26');
  assert.is(chooseSubnet({pools, taken: nets('10.20.0.0/16', '10.30.0.0/26')}), '10.30.0.64/26');
});

test('says what is in the way when no subnet is left', async () => {
  const pools = [pool('10.20.0.0/23', 24)];
  const taken = nets('10.20.0.0/24', '192.168.0.0/24', '10.20.1.128/25');
  const error = await engineErrorOf(() => chooseSubnet({pools, taken}));
  assert.is(error.code, 'address-unavailable');
  assert.is(
    error.message,
    'no subnet is left for a network: every one of the address pools meets a route of this host or another network: 10.20.0.0/24, 10.20.1.128/25',
  );
});

test('names eight of those in the way, and counts the rest', async () => {
  const taken = Array.from({length: 12}, (_, n) => cidr(`10.0.${n}.0/24`));
  const error = await engineErrorOf(() => chooseSubnet({pools: [pool('10.0.0.0/20', 20)], taken}));
  assert.match(error.message, /10\.0\.7\.0\/24 and 4 more$/);
});

test('a /64 of the own prefix for IPv6, unless a pool of the configuration has one', () => {
  const own = cidr('fd12:3456:789a::/48');
  assert.is(chooseSubnet6({pools: [], taken: []}, own), 'fd12:3456:789a::/64');
  assert.is(chooseSubnet6({pools: [], taken: nets('fd12:3456:789a::/64')}, own), 'fd12:3456:789a:1::/64');
  assert.is(chooseSubnet6({pools: [pool('fd00:1::/56', 64)], taken: []}, own), 'fd00:1::/64');
});

test('a large pool behind a large obstacle is found at once', () => {
  const own = cidr('fd00::/8');
  const taken = nets('fd00::/9');
  assert.is(chooseSubnet6({pools: [{base: own, size: 64}], taken}, own), 'fd80::/64');
});

test('the gateway is the first address after the base', () => {
  assert.is(firstGateway(cidr('172.17.0.0/16')), '172.17.0.1');
  assert.is(firstGateway(cidr('fd00::/64')), 'fd00::1');
  assert.is(firstGateway(cidr('10.0.0.4/31')), '10.0.0.4');
});

test.run();
