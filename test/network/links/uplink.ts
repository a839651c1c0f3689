import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {ipBatch} from '../../../src/network/links/ip.ts';
import {defaultRouteInterface, uplinkMtu} from '../../../src/network/links/uplink.ts';

const test = suite('uplink');
const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';
const route4 = (name: string, metric: number) =>
  `${name}\t00000000\t0101A8C0\t0003\t0\t0\t${metric}\t00000000\t0\t0\t0\n`;
const zero = '0'.repeat(32);
const route6 = (name: string, metric: string) =>
  `${zero} 00 ${zero} 00 fe800000000000000000000000000001 ${metric} 00000001 00000000 00450003 ${name.padStart(8)}\n`;

test('a host without a default route has an Ethernet as wide as usual', async () => {
  assert.is(await uplinkMtu(), 1500);
});

test('containers are as wide as the interface of the default route', async () => {
  await ipBatch([
    'link add up0 mtu 1380 type veth peer name up1',
    'addr add 192.0.2.2/24 dev up0',
    'link set up0 up',
    'link set up1 up',
    'route add default via 192.0.2.1',
  ]);
  try {
    assert.is(await uplinkMtu(), 1380);
  } finally {
    await ipBatch(['link del up0']);
  }
});

test('of several default routes the one with the lowest metric counts, and IPv4 before IPv6', () => {
  const wifiFirst = head + route4('wlan0', 600) + route4('eth0', 100);
  assert.is(defaultRouteInterface(wifiFirst, route6('wwan0', '00000001')), 'eth0');
});

test('a host with IPv6 alone has an uplink; the unreachable route at lo is none', () => {
  assert.is(defaultRouteInterface(head, route6('lo', 'ffffffff') + route6('end0', '00000400')), 'end0');
  assert.is(defaultRouteInterface(head, route6('lo', 'ffffffff')), undefined);
});

test('a route to a network that begins with zero is no default route', () => {
  const half = 'wg0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\n';
  assert.is(defaultRouteInterface(head + half + route4('eth0', 100), ''), 'eth0');
});

test.run();
