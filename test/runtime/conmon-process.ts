// Where systemd is init and a program of the call is missing. The folders are hidden for this test host alone.
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {ConmonProcess} from '../../src/runtime/conmon-process.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {testHost} from '../support/test-host.ts';

const test = suite<{folder: string}>('conmon process');
const mount = (...args: string[]) => execFileSync('mount', args);

test.before((context) => {
  context.folder = mkdtempSync(join(testHost.tmp, 'hidden-'));
  mount('-t', 'tmpfs', 'hidden', context.folder);
  for (const name of ['upper', 'work', 'run']) mkdirSync(join(context.folder, name));
  mkdirSync(join(context.folder, 'run/systemd/system'), {recursive: true});
  mkdirSync('/run/systemd', {recursive: true});
  mount('--bind', join(context.folder, 'run/systemd'), '/run/systemd');
  for (const name of ['systemd-run', 'conmon'])
    execFileSync('mknod', [join(context.folder, 'upper', name), 'c', '0', '0']);
  const layers = `lowerdir=/usr/bin,upperdir=${context.folder}/upper,workdir=${context.folder}/work`;
  mount('-t', 'overlay', '-o', layers, 'hidden', '/usr/bin');
});

test.after(({folder}) => {
  for (const path of ['/usr/bin', '/run/systemd', folder]) execFileSync('umount', ['-l', path]);
  rmSync(folder, {recursive: true});
});

for (const [init, program, packageName] of [
  ['systemd', '/usr/bin/systemd-run', 'systemd'],
  ['another', '/usr/bin/conmon', 'conmon'],
] as const) {
  test(`${program} is named when it is missing, with ${init} as init`, async ({folder}) => {
    if (init === 'another') rmdirSync(join(folder, 'run/systemd/system'));
    const conmon = new ConmonProcess([], '/', {scope: {name: 'test', description: 'test'}});
    const error = await engineErrorOf(() => conmon.answer());
    conmon.close();
    assert.is(error.code, 'program-missing');
    assert.is(error.message, `cannot run ${program}: it is not installed`);
    assert.is(error.hint, `install it with: apt install ${packageName}`);
  });
}

test.run();
