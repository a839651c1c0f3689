// --log-driver journald, with a journald of Debian's for this test host.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Journald, startJournald} from '../support/journald.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, spawnCrundle} from '../support/test-host.ts';

const test = suite('logs in the journal');
const {image} = await serveBusybox(test);
let journald: Journald;

test.before(async () => {
  journald = await startJournald();
});
test.after(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', ...ids]);
  await assertHostClean();
  await journald[Symbol.asyncDispose]();
});

function run(name: string, ...args: string[]): Promise<string> {
  return crundleOk(['run', '-d', '--network', 'none', '--log-driver', 'journald', '--name', name, ...args]);
}

test('each line is an entry with the container’s id and name, and logs reads it back', async () => {
  const id = await run('web', image, 'sh', '-c', 'echo out; echo err >&2; printf "\\377\\n"');
  await crundleOk(['wait', 'web']);
  const entries = await journald.entries(3, `CONTAINER_ID_FULL=${id}`);
  // Standard output and error come to conmon by two ways, in no order.
  const found = entries.map(
    ({MESSAGE, PRIORITY, CONTAINER_TAG}) => `${MESSAGE} ${PRIORITY} ${CONTAINER_TAG}`,
  );
  assert.ok(
    found.some((entry) => /^out\n? 6 web$/.test(entry)),
    found.join(),
  );
  assert.ok(
    found.some((entry) => /^err\n? 3 web$/.test(entry)),
    found.join(),
  );
  const logs = await crundle(['logs', 'web']);
  assert.equal(logs, {stdout: 'out\n\uFFFD\n', stderr: 'err\n', status: 0});
  assert.match(await crundleOk(['logs', '-t', 'web']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}000Z out$/m);
  assert.is(await crundleOk(['logs', '--since', '2999-01-01', 'web']), '');
  assert.is((await crundle(['logs', '--until', '2000-01-01', 'web'])).stdout, '');
  const [{HostConfig, LogPath}] = JSON.parse(await crundleOk(['inspect', 'web']));
  assert.equal(HostConfig.LogConfig, {Type: 'journald', Config: {}});
  assert.is(LogPath, '');
  await crundleOk(['rm', 'web']);
});

test('logs -f goes on until the container ends', async () => {
  await run('slow', image, 'sh', '-c', 'echo one; sleep 1; echo two; sleep 1; echo three');
  const {stdout, status} = await crundle(['logs', '-f', 'slow']);
  assert.is(stdout, 'one\ntwo\nthree\n');
  assert.is(status, 0);
});

test('logs -f that is interrupted leaves no journalctl', async () => {
  await run('long', image, 'sh', '-c', 'echo up; sleep 100');
  const child = spawnCrundle(['logs', '-f', 'long']);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGINT');
  await ended;
  await crundleOk(['rm', '-f', 'long']);
});

test.run();
