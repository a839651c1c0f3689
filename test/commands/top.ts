// The processes of a container, seen from the host.
import {readFileSync} from 'node:fs';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk} from '../support/test-host.ts';

const test = suite('top');
const {image} = await serveBusybox(test);

test.before(async () => {
  await crundleOk([
    'run',
    '-d',
    '--network',
    'none',
    '--name',
    'web',
    image,
    'sh',
    '-c',
    'sleep 1000 & sleep 1001',
  ]);
});
test.after(async () => {
  await crundleOk(['rm', '-f', 'web', 'new']);
  await assertHostClean();
});

test('shows all of them, as ps -ef does, with the PIDs of the host', async () => {
  await crundleOk(['exec', '-d', 'web', 'sleep', '1002']);
  const [header = '', ...lines] = (await crundleOk(['top', 'web'])).split('\n');
  assert.is(
    header,
    'UID                 PID                 PPID                C                   STIME               TTY                 TIME                CMD',
  );
  assert.equal(lines.map((line) => line.replace(/^.*(sleep \d+).*$/, '$1')).sort(), [
    'sleep 1000',
    'sleep 1001',
    'sleep 1002',
  ]);
  const pid = await crundleOk(['inspect', '-f', '{{.State.Pid}}', 'web']);
  assert.ok(lines.some((line) => line.split(/ +/)[1] === pid));
  for (const line of lines) {
    assert.match(readFileSync(`/proc/${line.split(/ +/)[1]}/cmdline`, 'utf8'), /sleep/);
  }
});

test('options after the container are those of ps', async () => {
  const pid = await crundleOk(['inspect', '-f', '{{.State.Pid}}', 'web']);
  const lines = (await crundleOk(['container', 'top', 'web', '-o', 'pid,user'])).split('\n');
  assert.is(lines[0], 'PID                 USER');
  assert.is(lines[1], `${pid.padEnd(20)}root`);
  assert.match(await crundleOk(['top', 'web', 'aux']), /^USER {16}PID /);
});

async function fails(args: string[], message: string, status = 1): Promise<void> {
  const result = await crundle(args);
  assert.is(result.stderr.split('\n')[0], message);
  assert.is(result.status, status);
}

test('what cannot be shown', async () => {
  await crundleOk(['create', '--name', 'new', image]);
  await fails(['top', 'new'], 'Error: container new is not running');
  await fails(['top', 'absent'], 'Error: no such container: absent');
  await fails(['top', 'web', '-o', 'comm'], "Error: couldn't find PID field in ps output");
  await fails(['top', 'web', '-o', 'ppid=PID'], 'Error: specifying "ppid=PID" is not allowed');
  await fails(['top', 'web', '-Q'], 'Error: ps: error: unsupported SysV option');
  await fails(['top', '-o', 'pid', 'web'], "Error: unknown shorthand flag: 'o' in -o", 125);
  await fails(['top'], "Error: 'crundle top' requires at least 1 argument");
});

test.run();
