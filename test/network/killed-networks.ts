// kill -9 at fifty moments during `run`, `network create` and `network rm`: the next command heals, nothing is leaked.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {killAtRandomMoments} from '../support/killed-command.ts';
import {assertNoContainerTraces} from '../support/network-traces.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk} from '../support/test-host.ts';

const test = suite('kill -9 while networks change');
const {image} = await serveBusybox(test);

const networkNames = async () =>
  (await crundleOk(['network', 'ls', '--format', '{{.Name}}'])).split('\n').sort();
const builtin = ['bridge', 'host', 'none'];

async function assertNothingStays(): Promise<void> {
  await assertNoContainerTraces();
  await crundleOk(['network', 'prune', '--force']);
  assert.equal(await networkNames(), builtin);
  await assertHostClean();
}

test('during run, with a port and a name', async () => {
  await crundleOk(['network', 'create', 'shop']);
  await killAtRandomMoments({
    moments: 24,
    args: () => ['run', '--rm', '--name', 'web', '--network', 'shop', '-p', '8080:80', image, 'true'],
    // The name, the port and the address are free again, whatever the killed command held of them.
    after: async (round) => {
      await crundle(['rm', '-f', 'web']);
      await assertNoContainerTraces();
      if (round % 6 !== 0) return;
      const args = ['run', '--rm', '--network', 'shop', '-p', '8080:80', image, 'echo', 'works'];
      assert.is(await crundleOk(args), 'works');
    },
  });
  await crundleOk(['network', 'rm', 'shop']);
  await assertNothingStays();
});

test('during network create', async () => {
  await killAtRandomMoments({
    moments: 13,
    args: () => ['network', 'create', '--ipv6', '--subnet', '172.30.0.0/24', 'shop'],
    // Made or not made: after the next command it is one of the two, and the name and the subnet can be had.
    after: async () => {
      if ((await networkNames()).includes('shop')) await crundleOk(['network', 'rm', 'shop']);
      await crundleOk(['network', 'create', '--subnet', '172.30.0.0/24', 'shop']);
      await crundleOk(['network', 'rm', 'shop']);
    },
  });
  await assertNothingStays();
});

test('during network rm', async () => {
  await killAtRandomMoments({
    moments: 13,
    args: async () => {
      if (!(await networkNames()).includes('shop')) await crundleOk(['network', 'create', 'shop']);
      return ['network', 'rm', 'shop'];
    },
    after: async () => {
      if (!(await networkNames()).includes('shop')) return;
      const args = ['run', '--rm', '--network', 'shop', image, 'echo', 'works'];
      assert.is(await crundleOk(args), 'works');
    },
  });
  await assertNothingStays();
});

test.run();
