import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Bridge,
  bridgeMac,
  bridgeStands,
  ensureBridge,
  interfaceNames,
  removeBridge,
} from '../../../src/network/links/bridge-links.ts';
import {listLinks} from '../../../src/network/links/ip.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const test = suite('bridge-links');
const both: Bridge = {
  name: 'crundle0',
  network: 'bridge',
  addresses: ['172.29.0.1/16', 'fd12:3456:789a::1/64'],
  mtu: 1450,
  ipv6: true,
};
const ip = (...args: string[]) => execFileSync('ip', args, {encoding: 'utf8'});
const sysctl = (name: string) => readFileSync(`/proc/sys/net/${name}`, 'utf8').trim();
const linkOf = async (name: string) => (await listLinks(name))[0];

test.after.each(async () => {
  await removeBridge('crundle0');
  assert.equal([...interfaceNames()], ['lo']);
});

test('a bridge is made up, with both addresses, its MTU, and an alias that tells whose it is', async () => {
  await ensureBridge(both);
  const link = await linkOf('crundle0');
  assert.is(link?.kind, 'bridge');
  assert.is(link?.isUp, true);
  assert.is(link?.mtu, 1450);
  assert.is(link?.alias, 'crundle network bridge');
  assert.is(link?.mac, bridgeMac('crundle0'));
  assert.equal(
    link?.addresses.filter((address) => !address.startsWith('fe80:')),
    both.addresses,
  );
  assert.ok(bridgeStands(both));
  assert.is(
    sysctl('ipv4/conf/crundle0/route_localnet'),
    '0',
    'nothing but rules would keep containers off the loopback',
  );
  assert.is(sysctl('ipv6/conf/crundle0/accept_ra'), '0');
});

test('its IPv6 addresses are usable at once', async () => {
  await ensureBridge(both);
  assert.not.match(ip('-6', 'addr', 'show', 'dev', 'crundle0'), /tentative/);
});

test('a bridge without IPv6 has no link-local address', async () => {
  await ensureBridge({...both, addresses: ['172.29.0.1/16'], ipv6: false});
  assert.equal((await linkOf('crundle0'))?.addresses, ['172.29.0.1/16']);
});

test('IPv6 works where the host keeps it off for new interfaces', async () => {
  execFileSync('sysctl', ['-qw', 'net.ipv6.conf.default.disable_ipv6=1']);
  try {
    await ensureBridge(both);
    assert.ok(bridgeStands(both));
  } finally {
    execFileSync('sysctl', ['-qw', 'net.ipv6.conf.default.disable_ipv6=0']);
  }
});

test('a second call changes nothing', async () => {
  await ensureBridge(both);
  const before = ip('addr', 'show', 'dev', 'crundle0');
  await ensureBridge(both);
  assert.is(ip('addr', 'show', 'dev', 'crundle0'), before);
});

for (const [what, harm] of [
  ['is down', ['link', 'set', 'crundle0', 'down']],
  ['lost an address', ['addr', 'del', '172.29.0.1/16', 'dev', 'crundle0']],
  ['lost its IPv6 address', ['addr', 'del', 'fd12:3456:789a::1/64', 'dev', 'crundle0']],
  ['has another MTU', ['link', 'set', 'crundle0', 'mtu', '1300']],
  ['is gone', ['link', 'del', 'crundle0']],
] as const) {
  test(`a bridge that ${what} is mended`, async () => {
    await ensureBridge(both);
    ip(...harm);
    // An MTU that was changed by hand harms nobody and is not looked for in every command.
    assert.is(bridgeStands(both), what === 'has another MTU');
    await ensureBridge(both);
    assert.ok(bridgeStands(both));
    assert.is((await linkOf('crundle0'))?.mtu, 1450);
  });
}

test('an address of an earlier subnet is taken away', async () => {
  await ensureBridge({...both, addresses: ['172.28.0.1/16'], ipv6: false});
  await ensureBridge({...both, addresses: ['172.29.0.1/16'], ipv6: false});
  assert.equal((await linkOf('crundle0'))?.addresses, ['172.29.0.1/16']);
});

test('a bridge that a killed command did not come to name is taken for ours', async () => {
  ip('link', 'add', 'crundle0', 'address', bridgeMac('crundle0'), 'type', 'bridge');
  await ensureBridge(both);
  assert.ok(bridgeStands(both));
  assert.is((await linkOf('crundle0'))?.alias, 'crundle network bridge');
});

test('an interface of that name that is not ours is an error, and is never touched', async () => {
  ip('link', 'add', 'crundle0', 'type', 'bridge');
  try {
    const before = ip('-d', 'addr', 'show', 'dev', 'crundle0');
    const error = await engineErrorOf(() => ensureBridge(both));
    assert.is(error.code, 'network-name-in-use');
    assert.is(error.message, "interface crundle0 exists and is not crundle's");
    await removeBridge('crundle0');
    assert.is(ip('-d', 'addr', 'show', 'dev', 'crundle0'), before);
  } finally {
    ip('link', 'del', 'crundle0');
  }
});

test('the name of a network cannot end the alias', async () => {
  await ensureBridge({...both, network: `we"ird # na\\me\n'x' é`});
  assert.is((await linkOf('crundle0'))?.alias, "crundle network we_ird _ na_me_'x' é");
});

test('a name that would be more words of ip is refused', async () => {
  const error = await engineErrorOf(() => ensureBridge({...both, name: 'x type dummy'}));
  assert.is(error.code, 'invalid-option');
  assert.is(error.message, "'x type dummy' cannot be the name of an interface");
});

test('its MTU stays when a port comes that is wider', async () => {
  await ensureBridge(both);
  ip('link', 'add', 'p0', 'master', 'crundle0', 'type', 'veth', 'peer', 'name', 'p1');
  try {
    assert.is((await linkOf('crundle0'))?.mtu, 1450);
  } finally {
    ip('link', 'del', 'p0');
  }
});

test('removing what is not there is no error', async () => {
  await removeBridge('crundle0');
});

test.run();
