// `crundle stats`: the numbers, of containers that are known to use so much; rounds; what comes and goes meanwhile.
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type ContainerStats, Engine} from '../../src/engine.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, spawnCrundle} from '../support/test-host.ts';

const test = suite('crundle stats');
const {image} = await serveBusybox(test);
const plain = ['--network', 'none'];

test.after.each(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', '-v', ...ids]);
  await assertHostClean();
});

async function firstRound(containers: string[], intervalMs?: number): Promise<ContainerStats[]> {
  await using engine = await Engine.open({journal: false});
  for await (const stats of engine.containers.stats({containers, ...(intervalMs && {intervalMs})}))
    return stats;
  throw new Error('there was no round');
}

test('CPU time is of one CPU, held down by --cpus', async () => {
  await crundleOk(['run', '-d', ...plain, '--name', 'idle', image, 'sleep', '1000']);
  const burn = 'while :; do :; done';
  await crundleOk(['run', '-d', ...plain, '--name', 'busy', '--cpus', '0.2', image, 'sh', '-c', burn]);
  const [busy, idle] = await firstRound(['busy', 'idle'], 3000);
  assert.ok((busy?.cpuPercent ?? 0) > 5 && (busy?.cpuPercent ?? 0) < 25, `${busy?.cpuPercent} of 20 %`);
  assert.ok((idle?.cpuPercent ?? 100) < 1, `${idle?.cpuPercent}`);
});

test('memory is without the cache, and the limit is its own or the machine', async () => {
  // A file read once is inactive cache; what lies in /dev/shm is not.
  const fill =
    'dd if=/dev/zero of=/dev/shm/a bs=1M count=20; dd if=/dev/zero of=/b bs=1M count=60; sync; echo done; sleep 1000';
  await crundleOk(['run', '-d', ...plain, '--name', 'web', '-m', '200m', image, 'sh', '-c', fill]);
  await crundleOk(['run', '-d', ...plain, '--name', 'free', image, 'sleep', '1000']);
  for (let attempt = 0; !(await crundleOk(['logs', 'web'])).includes('done'); attempt += 1) {
    assert.ok(attempt < 300, 'it has not filled its memory');
    await sleep(100);
  }
  const [web] = await firstRound(['web'], 50);
  const mebibytes = (web?.memoryBytes ?? 0) / 2 ** 20;
  assert.ok(mebibytes > 20 && mebibytes < 60, `${mebibytes} MiB`);
  assert.is(web?.memoryLimitBytes, 200 * 2 ** 20);
  const [free] = await firstRound(['free']);
  const {MemTotal} = JSON.parse(await crundleOk(['info', '--format', 'json']));
  assert.is(free?.memoryLimitBytes, MemTotal);
});

test('the network is that of the container, and none on that of the host', async () => {
  const wait = ['sleep', '1000'];
  await crundleOk(['run', '-d', '--name', 'web', image, ...wait]);
  await crundleOk(['run', '-d', '--name', 'joined', '--network', 'container:web', image, ...wait]);
  await crundleOk(['run', '-d', '--name', 'host', '--network', 'host', image, ...wait]);
  const gateway = await crundleOk(['inspect', '-f', '{{.NetworkSettings.Gateway}}', 'web']);
  const [before] = await firstRound(['web'], 50);
  await crundle(['exec', 'web', 'ping', '-c', '3', '-i', '0.1', '-s', '1000', gateway]);
  const [web, joined, host] = await firstRound(['web', 'joined', 'host'], 50);
  assert.ok((web?.sentBytes ?? 0) - (before?.sentBytes ?? 0) >= 3000, `${web?.sentBytes} bytes`);
  assert.equal([joined?.sentBytes, joined?.receivedBytes], [web?.sentBytes, web?.receivedBytes]);
  assert.equal([host?.sentBytes, host?.receivedBytes], [0, 0]);
});

test('one look takes little more than the half second that it counts', async () => {
  await crundleOk(['run', '-d', ...plain, '--name', 'web', image, 'sleep', '1000']);
  await crundleOk(['run', '-d', ...plain, '--name', 'db', image, 'sleep', '1000']);
  const began = performance.now();
  await crundleOk(['stats', '--no-stream']);
  assert.ok(performance.now() - began < 1900, `${performance.now() - began} ms`);
});

test('the screen is cleared before each round; ctrl-C ends them', async () => {
  await crundleOk(['run', '-d', ...plain, '--name', 'web', image, 'sleep', '1000']);
  const stats = spawnCrundle(['stats', '--format', '{{.Name}}']);
  using _ended = {[Symbol.dispose]: () => stats.kill('SIGKILL')};
  let shown = '';
  stats.stdout?.setEncoding('utf8').on('data', (text) => (shown += text));
  const round = (...lines: string[]) => `\u001b[2J\u001b[H${lines.map((line) => `${line}\n`).join('')}`;
  const comes = async (text: string) => {
    for (let attempt = 0; !shown.endsWith(text); attempt += 1) {
      assert.ok(attempt < 1000, `it ends in ${JSON.stringify(shown.slice(-100))}`);
      await sleep(10);
    }
  };
  await comes(round('web') + round('web'));
  await crundleOk(['run', '-d', ...plain, '--name', 'db', image, 'sleep', '1000']);
  await comes(round('db', 'web'));
  await crundleOk(['stop', '-t', '0', 'db']);
  await comes(round('web'));
  const ended = new Promise((resolve) => stats.once('close', (status, signal) => resolve([status, signal])));
  stats.kill('SIGINT');
  assert.equal(await ended, [null, 'SIGINT']);
});

test('named containers stay while they are there, and with the last the rounds end', async () => {
  await crundleOk(['run', '-d', ...plain, '--name', 'web', image, 'sleep', '1000']);
  await using engine = await Engine.open({journal: false});
  const seen: boolean[][] = [];
  for await (const stats of engine.containers.stats({containers: ['web'], intervalMs: 100})) {
    seen.push(stats.map(({running}) => running));
    if (seen.length === 1) await crundleOk(['restart', '-t', '0', 'web']);
    if (seen.length === 2) await crundleOk(['stop', '-t', '0', 'web']);
    if (seen.length === 3) await crundleOk(['rm', 'web']);
  }
  assert.equal(seen, [[true], [true], [false]]);
});

test('an abort ends the rounds, also within an interval', async () => {
  await crundleOk(['run', '-d', ...plain, '--name', 'web', image, 'sleep', '1000']);
  await using engine = await Engine.open({journal: false});
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 300);
  const began = performance.now();
  for await (const _ of engine.containers.stats({intervalMs: 60_000, signal: stop.signal}))
    assert.unreachable();
  assert.ok(performance.now() - began < 5000);
});

test.run();
