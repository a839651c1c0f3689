import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {kernelHasIpv6, readSysctl, writeSysctl} from '../../src/system/sysctl.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const test = suite('sysctl');
const parameter = 'net/ipv4/ip_default_ttl';

test("a parameter of this host's network is read and written", () => {
  writeSysctl(parameter, '77');
  assert.is(readSysctl(parameter), '77');
  writeSysctl(parameter, '64');
  assert.is(readSysctl(parameter), '64');
});

test('one that the kernel does not have is no failure', () => {
  assert.is(readSysctl('net/ipv4/no_such_thing'), undefined);
  writeSysctl('net/ipv4/no_such_thing', '1');
});

test('a value that the kernel refuses is an error that names both', async () => {
  const error = await engineErrorOf(() => writeSysctl(parameter, '100000'));
  assert.is(error.code, 'system-call-failed');
  assert.is(error.message, 'cannot set the kernel parameter net.ipv4.ip_default_ttl to 100000: EINVAL');
});

test('this kernel has IPv6', () => {
  assert.ok(kernelHasIpv6());
});

test.run();
