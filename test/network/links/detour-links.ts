import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {interfaceNames} from '../../../src/network/links/bridge-links.ts';
import {detourStands, ensureDetour, removeDetour} from '../../../src/network/links/detour-links.ts';
import {readSysctl} from '../../../src/system/sysctl.ts';

const test = suite('detour-links');
const ip = (...args: string[]) => execFileSync('ip', args, {encoding: 'utf8'});

test.after.each(removeDetour);

function assertWhole(): void {
  assert.ok(detourStands());
  assert.match(ip('addr', 'show', 'dev', 'crundle-in'), /NOARP.*UP.*mtu 65535.*inet 169\.254\.77\.2\/32/s);
  assert.match(ip('addr', 'show', 'dev', 'crundle-out'), /NOARP.*UP.*mtu 65535/s);
  assert.match(ip('route', 'get', '169.254.77.1'), '169.254.77.1 dev crundle-out');
  assert.is(readSysctl('net/ipv4/conf/crundle-in/rp_filter'), '2');
}

test('the wire is made, and taken away', async () => {
  assert.not(detourStands());
  await ensureDetour();
  assertWhole();
  await ensureDetour();
  assertWhole();
  await removeDetour();
  await removeDetour();
  assert.equal([...interfaceNames()], ['lo']);
});

test('IPv6 leads through it where the host keeps IPv6 off for new interfaces', async () => {
  execFileSync('sysctl', ['-qw', 'net.ipv6.conf.default.disable_ipv6=1']);
  try {
    await ensureDetour();
    assert.match(ip('-6', 'route', 'show', 'dev', 'crundle-out'), 'fe80::/64');
  } finally {
    execFileSync('sysctl', ['-qw', 'net.ipv6.conf.default.disable_ipv6=0']);
  }
});

for (const [what, harm] of [
  ['one end is gone', ['link', 'del', 'crundle-in']],
  ['the near end is down', ['link', 'set', 'crundle-out', 'down']],
  ['the route is gone', ['route', 'del', '169.254.77.1/32']],
  ['the address is gone', ['addr', 'del', '169.254.77.2/32', 'dev', 'crundle-in']],
] as const) {
  test(`it is mended when ${what}`, async () => {
    await ensureDetour();
    ip(...harm);
    assert.not(detourStands());
    await ensureDetour();
    assertWhole();
  });
}

test('it is mended when the far end is down, by whoever looks', async () => {
  await ensureDetour();
  ip('link', 'set', 'crundle-in', 'down');
  await ensureDetour();
  assertWhole();
});

test.run();
