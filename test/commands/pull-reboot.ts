// Downloads that a kill or a power cut ends are gone on with after the reboot; and what a pull has the disk write.
import {spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {existsSync, rmSync, statSync, truncateSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {writtenBytes} from '../../src/system/written-bytes.ts';
import {FakeRegistry} from '../support/fake-registry.ts';
import {makeImage} from '../support/image.ts';
import {makeLayer} from '../support/layer.ts';
import {crundle, crundleOk, crundlePath, saySkipped, spawnCrundle, testHost} from '../support/test-host.ts';

const test = suite('pull across a reboot');
const sizeBytes = 12_000_000;
const image = makeImage({
  layers: [makeLayer([{name: 'file', content: randomBytes(sizeBytes)}], {compression: 'none'})],
});
const [layer = makeLayer([])] = image.layers;
const partial = join(testHost.dataRoot, 'images/partial', layer.digest.replace(':', '-'));
let registry: FakeRegistry;
let name: string;

test.before(async () => {
  registry = await FakeRegistry.start();
  name = registry.put('app', '1', image);
});
test.after(() => registry[Symbol.asyncDispose]());

/** A pull that is killed in the middle of its layer, and a boot after it. */
async function pullAndCutPower(): Promise<number> {
  registry.intercept = ({path}) => (path.endsWith(layer.digest) ? {stallAfter: 8_000_000} : undefined);
  const child = spawnCrundle(['pull', name]);
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.stdout?.resume();
  while (!existsSync(partial) || statSync(partial).size < 6_000_000) await sleep(10);
  child.kill('SIGKILL');
  await ended;
  rmSync(testHost.runRoot, {recursive: true});
  // The first command after a boot sweeps what the last one left.
  await crundleOk(['images', '-q']);
  registry.intercept = () => undefined;
  registry.requests.length = 0;
  return statSync(partial).size;
}

const ranges = () => registry.asked(layer.digest).map(({headers}) => headers.range);

test('what was there is not fetched again', async () => {
  const kept = await pullAndCutPower();
  await crundleOk(['pull', '-q', name]);
  assert.equal(ranges(), [`bytes=${kept}-`]);
  assert.is(existsSync(partial), false);
  await crundleOk(['rmi', name]);
});

test('what a power cut tore is noticed, and fetched anew', async () => {
  const kept = await pullAndCutPower();
  // The size reached the disk and the last megabytes did not.
  truncateSync(partial, kept - 2_000_000);
  truncateSync(partial, kept);
  await crundleOk(['pull', '-q', name]);
  assert.equal(ranges(), [`bytes=${kept}-`, undefined]);
  await crundleOk(['rmi', name]);
});

test('each byte is written once, as a blob and unpacked, and the pull says how many', async () => {
  if (writtenBytes() === undefined) return saySkipped('the kernel does not count what processes write');
  const {stderr, status} = await crundle(['--debug', 'pull', name]);
  assert.is(status, 0, stderr);
  const written = Number(/, (\d+) bytes written\] pull \S+\/app:1$/m.exec(stderr)?.[1]);
  if (written === 0) return saySkipped('the file system of the tests is in memory');
  assert.ok(written >= 2 * sizeBytes, `${written} bytes`);
  assert.ok(written <= 2.2 * sizeBytes, `${written} bytes`);
  const again = await crundle(['--debug', 'pull', name]);
  assert.ok(Number(/, (\d+) bytes written\] pull /m.exec(again.stderr)?.[1]) < 100_000, again.stderr);
});

test('a terminal is told in words', async () => {
  if (writtenBytes() === undefined) return saySkipped('the kernel does not count what processes write');
  await crundleOk(['rmi', '-f', name]);
  // script(1) gives it a terminal.
  const child = spawn('script', ['-qec', `${crundlePath} pull ${name}`, '/dev/null'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (screen += text));
  await new Promise((resolve) => child.once('close', resolve));
  assert.match(screen, /Status: Downloaded newer image for \S+\r\nWritten to disk: 2\d(\.\d+)?MB\r\n127/);
});

test.run();
