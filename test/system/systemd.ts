import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {inScope, isSystemdBooted} from '../../src/system/systemd.ts';

const test = suite('systemd');

test('a program runs in a scope of its own where systemd is init, and as it is elsewhere', () => {
  const call = {program: '/usr/bin/conmon', args: ['--name', 'a b']};
  const scoped = inScope({name: 'conmon-1', description: 'conmon of container 1'}, call);
  if (!isSystemdBooted()) return assert.equal(scoped, call);
  assert.is(scoped.program, '/usr/bin/systemd-run');
  assert.equal(scoped.args.slice(-4), ['--', '/usr/bin/conmon', '--name', 'a b']);
  assert.ok(scoped.args.includes('--unit=crundle-conmon-1.scope'));
});

test.run();
