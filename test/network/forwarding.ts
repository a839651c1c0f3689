import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {enableForwarding, ourForwarding, restoreForwarding} from '../../src/network/forwarding.ts';
import {readSysctl, writeSysctl} from '../../src/system/sysctl.ts';
import {testHost} from '../support/test-host.ts';

const test = suite('forwarding');
const {runRoot} = testHost;
const ipv4 = 'net/ipv4/ip_forward';
const ipv6 = 'net/ipv6/conf/all/forwarding';
const state = () => [readSysctl(ipv4), readSysctl(ipv6)];

test.before.each(() => {
  writeSysctl(ipv4, '0');
  writeSysctl(ipv6, '0');
});
test.after.each(() => {
  restoreForwarding(runRoot);
  writeSysctl(ipv4, '0');
  writeSysctl(ipv6, '0');
});

test('it is turned on for IPv4, and put back', () => {
  enableForwarding(runRoot, {ipv6: false});
  assert.equal(state(), ['1', '0']);
  assert.ok(ourForwarding(runRoot).ipv4);
  restoreForwarding(runRoot);
  assert.equal(state(), ['0', '0']);
  assert.not(ourForwarding(runRoot).ipv4);
});

test('a host that forwarded before stays as it is', () => {
  writeSysctl(ipv4, '1');
  enableForwarding(runRoot, {ipv6: true});
  assert.equal(ourForwarding(runRoot), {ipv4: false, ipv6: true});
  restoreForwarding(runRoot);
  assert.equal(state(), ['1', '0']);
});

test('enabled again, IPv6 comes in addition', () => {
  enableForwarding(runRoot, {ipv6: false});
  enableForwarding(runRoot, {ipv6: true});
  enableForwarding(runRoot, {ipv6: true});
  assert.equal(ourForwarding(runRoot), {ipv4: true, ipv6: true});
  restoreForwarding(runRoot);
  restoreForwarding(runRoot);
  assert.equal(state(), ['0', '0']);
});

test('an uplink that learns its way out from a router goes on doing so', () => {
  execFileSync('ip', ['link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'up1']);
  try {
    const learns = 'net/ipv6/conf/up0/accept_ra';
    writeSysctl('net/ipv6/conf/up1/accept_ra', '0');
    assert.is(readSysctl(learns), '1');
    enableForwarding(runRoot, {ipv6: true});
    assert.is(readSysctl(learns), '2');
    assert.is(readSysctl('net/ipv6/conf/up1/accept_ra'), '0');
    restoreForwarding(runRoot);
    assert.is(readSysctl(learns), '1');
  } finally {
    execFileSync('ip', ['link', 'del', 'up0']);
  }
});

test.run();
