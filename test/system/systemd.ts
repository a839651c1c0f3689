import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {inScope, isInService, isSystemdBooted} from '../../src/system/systemd.ts';

const test = suite('systemd');

test('a program runs in a scope of its own where systemd is init, and as it is elsewhere', () => {
  const call = {program: '/usr/bin/conmon', args: ['--name', 'a b']};
  const scoped = inScope({name: 'conmon-1', description: 'conmon of container 1'}, call);
  if (!isSystemdBooted()) return assert.equal(scoped, call);
  assert.is(scoped.program, '/usr/bin/systemd-run');
  assert.equal(scoped.args.slice(-4), ['--', '/usr/bin/conmon', '--name', 'a b']);
  assert.ok(scoped.args.includes('--unit=crundle-conmon-1.scope'));
});

for (const [cgroups, expected] of [
  ['0::/\n', false],
  ['0::/system.slice/web.service\n', true],
  ['0::/system.slice/web.service/below\n', true],
  ['0::/system.slice/crundle-1a.scope/container\n', false],
  ['0::/user.slice/user-0.slice/session-3.scope\n', false],
  ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/web.service\n', true],
  ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/terminal.scope\n', false],
  ['2:cpu:/\n1:name=systemd:/system.slice/web.service\n0::/\n', true],
] as const) {
  test(`${expected ? 'in' : 'not in'} a service: ${JSON.stringify(cgroups)}`, () => {
    assert.is(isInService(cgroups), expected);
  });
}

test.run();
