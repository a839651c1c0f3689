// Containers that stand still, and what the other commands do with them.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {Crun} from '../../src/runtime/crun.ts';
import {killAtRandomMoments} from '../support/killed-command.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, spawnCrundle, testHost} from '../support/test-host.ts';

const test = suite('paused containers');
const {image} = await serveBusybox(test);

test.after.each(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', ...ids]);
  await assertHostClean();
});

// Counts, and ends at once when it is told to.
const count = 'trap "exit 7" TERM; n=0; while :; do echo $((n += 1)); sleep 0.05; done';

async function start(name: string, ...flags: string[]): Promise<string> {
  return await crundleOk([
    'run',
    '-d',
    '--network',
    'none',
    '--name',
    name,
    ...flags,
    image,
    'sh',
    '-c',
    count,
  ]);
}

const statusOf = (name: string) => crundleOk(['inspect', '-f', '{{.State.Status}}', name]);
const linesOf = async (name: string) => (await crundleOk(['logs', name])).split('\n').length;

async function fails(args: string[], message: string): Promise<void> {
  const {stderr, status} = await crundle(args);
  assert.is(stderr.split('\n')[0], `Error: ${message}`);
  assert.is(status, 1);
}

test('nothing goes on while it is paused, and all of it afterwards', async () => {
  await start('web');
  assert.is(await crundleOk(['pause', 'web']), 'web');
  const before = await linesOf('web');
  await sleep(300);
  assert.is(await linesOf('web'), before);
  assert.is(await crundleOk(['container', 'unpause', 'web']), 'web');
  await sleep(300);
  assert.ok((await linesOf('web')) > before);
});

test('ps, inspect and info say so', async () => {
  const id = await start('web');
  await start('other');
  await crundleOk(['pause', 'web']);
  assert.match(await crundleOk(['ps', '-f', 'name=web', '--format', '{{.Status}}']), /^Up .* \(Paused\)$/);
  assert.is(await crundleOk(['ps', '-q', '--no-trunc', '-f', 'status=paused']), id);
  assert.is(
    await crundleOk(['ps', '-f', 'status=running', '--format', '{{.Names}} {{.State}}']),
    'other running',
  );
  const format = '{{.State.Status}} {{.State.Running}} {{.State.Paused}}';
  assert.is(await crundleOk(['inspect', '-f', format, 'web']), 'paused true true');
  assert.ok(Number(await crundleOk(['inspect', '-f', '{{.State.Pid}}', 'web'])) > 1);
  const counts = '{{.ContainersRunning}} {{.ContainersPaused}} {{.ContainersStopped}}';
  assert.is(await crundleOk(['info', '-f', counts]), '1 1 0');
  await crundleOk(['unpause', 'web']);
  assert.is(await statusOf('web'), 'running');
});

test('what cannot be done with it is refused in the words of Docker', async () => {
  await start('web');
  await crundleOk(['pause', 'web']);
  await fails(['pause', 'web'], 'container web is already paused');
  await fails(['exec', 'web', 'true'], 'container web is paused, unpause the container before exec');
  await fails(['attach', 'web'], 'you cannot attach to a paused container, unpause it first');
  await fails(['start', 'web'], 'cannot start a paused container, try unpause instead');
  await fails(['rm', 'web'], 'cannot remove container "web": container is paused and must be unpaused first');
  assert.is(await statusOf('web'), 'paused');
});

test('only what runs is paused, only what is paused goes on', async () => {
  await crundleOk(['create', '--name', 'new', image]);
  await fails(['pause', 'new'], 'container new is not running');
  await fails(['unpause', 'new'], 'container new is not paused');
  await start('web');
  await fails(['unpause', 'web'], 'container web is not paused');
  const {stdout, stderr, status} = await crundle(['pause', 'absent', 'web']);
  assert.is(stdout, 'web\n');
  assert.match(stderr, /^Error: no such container: absent\n/);
  assert.is(status, 1);
});

test('stop and restart let it end as it likes', async () => {
  await start('web');
  await crundleOk(['pause', 'web']);
  await crundleOk(['restart', 'web']);
  assert.is(await statusOf('web'), 'running');
  await crundleOk(['pause', 'web']);
  await crundleOk(['stop', 'web']);
  assert.is(await crundleOk(['inspect', '-f', '{{.State.ExitCode}} {{.State.Paused}}', 'web']), '7 false');
});

test('kill and rm -f need no unpause', async () => {
  await start('web');
  await crundleOk(['pause', 'web']);
  await crundleOk(['kill', 'web']);
  assert.is(await crundleOk(['wait', 'web']), '137');
  await start('other');
  await crundleOk(['pause', 'other']);
  assert.is(await crundleOk(['rm', '-f', 'other']), 'other');
});

test('a signal that asks for no end waits until it goes on', async () => {
  await crundleOk([
    ...['run', '-d', '--network', 'none', '--name', 'web', image],
    ...['sh', '-c', 'trap "echo hup" HUP; echo up; while :; do sleep 0.05; done'],
  ]);
  while ((await crundleOk(['logs', 'web'])) !== 'up') await sleep(20);
  await crundleOk(['pause', 'web']);
  await crundleOk(['kill', '-s', 'HUP', 'web']);
  assert.is(await statusOf('web'), 'paused');
  assert.is(await crundleOk(['logs', 'web']), 'up');
  await crundleOk(['unpause', 'web']);
  while (!(await crundleOk(['logs', 'web'])).endsWith('hup')) await sleep(20);
});

test('logs and wait go on as for one that runs', async () => {
  await start('web');
  await crundleOk(['pause', 'web']);
  const waiting = spawnCrundle(['wait', 'web']);
  let printed = '';
  waiting.stdout?.setEncoding('utf8').on('data', (text) => (printed += text));
  const ended = new Promise((resolve) => waiting.once('close', resolve));
  await sleep(200);
  assert.is(printed, '');
  assert.match(await crundleOk(['logs', '-n', '1', 'web']), /^\d+$/);
  await crundleOk(['stop', 'web']);
  await ended;
  assert.is(printed, '7\n');
});

test('a container that crun lets go on by hand is not paused any more', async () => {
  const id = await start('web');
  await crundleOk(['pause', 'web']);
  await new Crun(join(testHost.runRoot, 'crun')).resume(id);
  assert.is(await statusOf('web'), 'running');
  await crundleOk(['pause', 'web']);
  assert.is(await statusOf('web'), 'paused');
});

test('with its conmon killed, the next command ends it', async () => {
  const id = await start('web');
  await crundleOk(['pause', 'web']);
  const pid = Number(readFileSync(join(testHost.runRoot, 'containers', id, 'conmon.pid'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  await sleep(50);
  assert.is(await statusOf('web'), 'exited');
});

test('a killed pause or unpause leaves one or the other', async () => {
  await start('web');
  await killAtRandomMoments({
    moments: 8,
    args: async (round) => {
      const verb = (await statusOf('web')) === 'paused' ? 'unpause' : 'pause';
      return [round === -1 ? 'pause' : verb, 'web'];
    },
    after: async () => {
      const status = await statusOf('web');
      assert.ok(['paused', 'running'].includes(status), status);
      if (status === 'paused') await fails(['pause', 'web'], 'container web is already paused');
      else assert.is(await crundleOk(['exec', 'web', 'echo', 'up']), 'up');
    },
  });
});

test.run();
