import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {attachmentTo, type NetworkAttachment} from '../../../bundles/network-options.ts';
import {
  chooseNetwork,
  parseIpv4,
  parseIpv6,
  parseLinkLocal,
  parseMac,
  parseNetwork,
  withFirstNetworkFlags,
} from '../../../bundles/options/network.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const on = (network: string, change: object = {}): NetworkAttachment => ({
  ...attachmentTo(network),
  ...change,
});

const parsed: [text: string, expected: NetworkAttachment][] = [
  ['shop', on('shop')],
  ['container:web', on('container:web')],
  ['', on('default')],
  // Docker's test for the long form wants a letter on both sides.
  ['name=', on('name=')],
  ['name=shop', on('shop')],
  [
    'name=shop,alias=a,alias=b,ip=10.1.2.3,ip6=FD00::0:5,mac-address=02-42-AC-11-00-09,link-local-ip=169.254.1.2',
    on('shop', {
      aliases: ['a', 'b'],
      ipv4: '10.1.2.3',
      ipv6: 'fd00::5',
      mac: '02:42:ac:11:00:09',
      linkLocal: ['169.254.1.2'],
    }),
  ],
  ['NAME=Shop, gw-priority=-5', on('Shop', {gatewayPriority: -5})],
  ['name=shop,"driver-opt=a=1,2"', on('shop', {driverOptions: {a: '1,2'}})],
];
for (const [text, expected] of parsed) {
  test(`--network '${text}'`, () => assert.equal(parseNetwork(text), expected));
}

// Each message as docker has it: client 28.2, or daemon 20.10 for addresses.
const refused: [text: string, message: string][] = [
  ['foo=bar', 'invalid field key foo'],
  ['name=a,b', 'invalid field b'],
  ['ip=10.0.0.5', 'network name/id is not specified'],
  ['name=a,ip=xx', 'invalid IPv4 address: xx'],
  ['name=a,ip6=10.0.0.5', 'invalid IPv6 address: 10.0.0.5'],
  ['name=a,link-local-ip=x', 'invalid link-local IP address: x'],
  ['name=a,mac-address=zz', 'zz is not a valid mac address'],
  ['name=a,gw-priority=x', 'invalid gw-priority (x): invalid syntax'],
  ['name=a,driver-opt=x', 'invalid key value pair format in driver options'],
];
for (const [text, message] of refused) {
  test(`--network '${text}' is refused`, async () => {
    const error = await engineErrorOf(() => parseNetwork(text));
    assert.equal([error.code, error.message, error.oclif.exit], ['invalid-option', message, 125]);
  });
}

test('none, host and containers are modes; everything else is a network', () => {
  const choose = (...texts: string[]) => chooseNetwork(texts.map(parseNetwork));
  assert.equal(choose('none'), {kind: 'none'});
  assert.equal(choose('host'), {kind: 'host'});
  assert.equal(choose('container:web'), {kind: 'container', container: 'web'});
  assert.equal(choose('default'), {kind: 'networks', attachments: [on('bridge')]});
  assert.equal(choose('a', 'b'), {kind: 'networks', attachments: [on('a'), on('b')]});
});

const conflicts: [texts: string[], message: string][] = [
  [['a', 'a'], 'network "a" is specified multiple times'],
  [['bridge', 'default'], 'network "bridge" is specified multiple times'],
  [['a', 'host'], 'conflicting options: cannot attach both user-defined and non-user-defined network-modes'],
  [
    ['none', 'host'],
    'conflicting options: cannot attach both user-defined and non-user-defined network-modes',
  ],
  [['container:'], 'invalid network mode: invalid container format container:<name|id>'],
  [['name=host,alias=x'], 'network-scoped aliases are only supported for user-defined networks'],
  [['name=bridge,alias=x'], 'network-scoped aliases are only supported for user-defined networks'],
  [['name=none,ip=10.0.0.5'], 'user specified IP address is supported on user defined networks only'],
  [['name=host,mac-address=02:42:ac:11:00:09'], 'conflicting options: mac-address and the network mode'],
];
for (const [texts, message] of conflicts) {
  test(`${texts.map((text) => `--network ${text}`).join(' ')} is refused`, async () => {
    const error = await engineErrorOf(() => chooseNetwork(texts.map(parseNetwork)));
    assert.equal([error.code, error.message], ['invalid-option', message]);
  });
}

test('the flags from before several networks go to the first one', () => {
  const flags = {
    'network-alias': ['x'],
    ip: parseIpv4('10.0.0.5'),
    ip6: parseIpv6('fd00::5'),
    'mac-address': parseMac('02:42:ac:11:00:09'),
    'link-local-ip': [parseLinkLocal('fe80::5')],
  };
  const own = {
    aliases: ['x'],
    ipv4: '10.0.0.5',
    ipv6: 'fd00::5',
    mac: '02:42:ac:11:00:09',
    linkLocal: ['fe80::5'],
  };
  assert.equal(withFirstNetworkFlags([on('a'), on('b')], flags), [on('a', own), on('b')]);
  assert.equal(withFirstNetworkFlags([], {ip: parseIpv4('10.0.0.5')}), [on('bridge', {ipv4: '10.0.0.5'})]);
});

const twice: [network: string, flags: object, what: string][] = [
  ['name=a,alias=q', {'network-alias': ['z']}, '--network-alias and per-network alias'],
  ['name=a,ip=1.2.3.4', {ip: '1.2.3.5'}, '--ip and per-network IPv4 address'],
  ['name=a,ip6=fd00::4', {ip6: 'fd00::5'}, '--ip6 and per-network IPv6 address'],
  [
    'name=a,mac-address=02:42:ac:11:00:09',
    {'mac-address': '02:42:ac:11:00:08'},
    '--mac-address and per-network MAC address',
  ],
  [
    'name=a,link-local-ip=fe80::1',
    {'link-local-ip': ['fe80::2']},
    '--link-local-ip and per-network link-local IP addresses',
  ],
];
for (const [network, flags, what] of twice) {
  test(`a conflict: ${what}`, async () => {
    const error = await engineErrorOf(() => withFirstNetworkFlags([parseNetwork(network)], flags));
    assert.equal(error.message, `conflicting options: cannot specify both ${what}`);
  });
}

test.run();
