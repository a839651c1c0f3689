// Certificates that are not valid by the clock of this machine, clocks that are wrong, and waiting for the right time.
import {mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import https from 'node:https';
import type {AddressInfo} from 'node:net';
import {suite} from 'uvu';
import {is, match, ok} from 'uvu/assert';
import {networkError} from '../../../src/images/registry/network-failure.ts';
import {isClockSynchronized, readClock, waitForClock} from '../../../src/system/clock.ts';
import {kernelClockIsSynchronized, mount, umount} from '../../../src/system/libc.ts';
import {stamp, TestAuthority} from '../../support/certificates.ts';
import {engineErrorOf} from '../../support/engine-error.ts';
import {PullHost} from '../../support/pull-host.ts';
import {type Registry, startRegistry} from '../../support/registry-server.ts';
import {crundle, crundleOk, saySkipped, spawnCrundle} from '../../support/test-host.ts';

const suiteOfAll = suite('wrong-clock');
const test = suiteOfAll;
const kernelKnows = kernelClockIsSynchronized();
const testWaiting = kernelKnows ? suiteOfAll.skip : suiteOfAll;
if (kernelKnows) saySkipped('the kernel says that the clock is synchronised: nothing to wait for');

const dayMs = 24 * 3600 * 1000;
const mark = '/run/systemd/timesync/synchronized';

test.before(() => {
  for (const path of ['/etc/docker', '/run/systemd']) {
    mkdirSync(path, {recursive: true});
    mount('none', path, 'tmpfs', 0n, 'size=1m');
  }
  mkdirSync('/run/systemd/timesync');
});
test.after(() => {
  for (const path of ['/etc/docker', '/run/systemd']) umount(path);
});
test.before.each(() => rmSync(mark, {force: true}));

const failed = (code: string) => Object.assign(new Error('x'), {code});
const clock = (now: string, isSynchronized: boolean) => ({
  now: new Date(now),
  isSynchronized,
  atLeast: new Date('2026-05-01T12:00Z'),
});
const unsynchronized =
  "set the clock, or wait until it is synchronised: 'crundle pull --wait-clock'; 'timedatectl' shows whether it is";

test('a clock of 1970 is told from a certificate that has expired', () => {
  const early = networkError(failed('CERT_NOT_YET_VALID'), 'ghcr.io', clock('1970-01-01T00:05Z', false));
  is(early.code, 'registry-unreachable');
  is(
    early.message,
    "cannot reach registry ghcr.io: its certificate is not valid yet by this machine's clock (1970-01-01T00:05Z), " +
      'which is wrong: there are files of 2026-05-01T12:00Z',
  );
  is(early.hint, unsynchronized);
  const late = networkError(failed('CERT_HAS_EXPIRED'), 'ghcr.io', clock('2027-01-01T00:05Z', true));
  is(
    late.message,
    "cannot reach registry ghcr.io: its certificate has expired by this machine's clock (2027-01-01T00:05Z)",
  );
  is(late.hint, "the clock is synchronised: it is the registry's certificate that has to be replaced");
  is(
    networkError(failed('CERT_HAS_EXPIRED'), 'ghcr.io', clock('2027-01-01T00:05Z', false)).hint,
    unsynchronized,
  );
});

test('the clock of this machine is later than the files of crundle', () => {
  const {now, atLeast} = readClock();
  ok(atLeast <= now);
  ok(atLeast > new Date('2025-01-01'));
});

const ages: [words: string, from: number, to: number][] = [
  ['has expired', -20 * dayMs, -10 * dayMs],
  ['is not valid yet', 10 * dayMs, 20 * dayMs],
];

for (const [words, from, to] of ages) {
  test(`a certificate that ${words} is refused, with the time`, async () => {
    const authority = new TestAuthority();
    const pair = authority.issue('odd', {from: stamp(Date.now() + from), to: stamp(Date.now() + to)});
    const server = https.createServer({
      key: readFileSync(pair.keyPath),
      cert: readFileSync(pair.certificatePath),
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    // An authority of its own: loopback would not be verified otherwise.
    mkdirSync(`/etc/docker/certs.d/${address}`, {recursive: true});
    writeFileSync(`/etc/docker/certs.d/${address}/ca.crt`, readFileSync(authority.certificatePath));
    using host = new PullHost();
    const error = await engineErrorOf(() => host.pull(`${address}/app:1`));
    const now = String.raw`\(\d{4}-\d\d-\d\dT\d\d:\d\dZ\)`;
    match(
      error.message,
      new RegExp(
        `^cannot reach registry ${address}: its certificate ${words} by this machine's clock ${now}$`,
      ),
    );
    is(error.code, 'registry-unreachable');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
}

testWaiting('waits for the mark of systemd-timesyncd, and no longer than it may', async () => {
  is(isClockSynchronized(), false);
  is(await waitForClock(20), false);
  const waiting = waitForClock(60_000);
  writeFileSync(mark, '');
  is(await waiting, true);
  is(await waitForClock(0), true);
});

async function withRegistry(call: (registry: Registry) => Promise<void>): Promise<void> {
  const registry = await startRegistry();
  try {
    await call(registry);
  } finally {
    await registry.stop();
  }
}

testWaiting('pull --wait-clock pulls once the time is known', async () => {
  await withRegistry(async ({address}) => {
    const child = spawnCrundle(['pull', '--wait-clock', `${address}/busybox`]);
    let out = '';
    const ended = new Promise((resolve) => child.once('close', resolve));
    await new Promise<void>((resolve) => {
      child.stdout?.setEncoding('utf8').on('data', (text) => {
        out += text;
        if (out.includes('Waiting for the clock')) resolve();
      });
    });
    writeFileSync(mark, '');
    is(await ended, 0);
    match(
      out,
      /^Using default tag: latest\nWaiting for the clock to be synchronised\nlatest: Pulling from busybox\n/,
    );
    match(await crundleOk(['pull', '-q', '--wait-clock=1s', `${address}/busybox`]), /busybox:latest$/);
  });
});

testWaiting('pull --wait-clock=100ms gives up', async () => {
  const {status, stderr} = await crundle(['pull', '-q', '--wait-clock=100ms', '127.0.0.1:1/app']);
  is(status, 1);
  is(
    stderr,
    "Error: the clock is not synchronised after 0.1 s\nHint: does a time service run, and does it reach a server? 'timedatectl' tells\n",
  );
});

test('refused: a duration that is none', async () => {
  const {status, stderr} = await crundle(['pull', '--wait-clock=soon', 'app']);
  is(status, 125);
  match(stderr, /^Error: invalid argument "soon" for "--wait-clock" flag: time: invalid duration "soon"\n/);
});

suiteOfAll.run();
