import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {EngineError, isEngineError} from '../../../src/errors.ts';
import {
  checkKernelFeatures,
  explainNetworkFailure,
  missingFeatures,
  neededFeatures,
  remedy,
} from '../../../src/network/firewall/kernel-features.ts';
import {readOptionalFile} from '../../../src/system/optional-file.ts';
import {testHost} from '../../support/test-host.ts';

const test = suite('kernel features');

test('this kernel has all that networking needs, and that is looked up once a boot', async () => {
  const mark = join(testHost.runRoot, 'network', 'kernel-features');
  await checkKernelFeatures(testHost.runRoot, {policy: 'host', macvlan: true});
  const first = readOptionalFile(mark);
  assert.match(first ?? '', /veth bridge nf_tables nft_ct nft_chain_nat nft_masq nft_fib_inet nft_dup_ipv4/);
  writeFileSync(mark, `${first}`);
  const before = performance.now();
  await checkKernelFeatures(testHost.runRoot, {policy: 'host', macvlan: true});
  assert.ok(performance.now() - before < 5);
});

test('of features, the ones that do not work are found, by program', async () => {
  const [veth, bridge] = neededFeatures({policy: 'open'});
  assert.ok(veth && bridge);
  const noLink = {...veth, name: 'x links', module: 'x', script: 'link add x0 type nosuchkind'};
  const noRule = {
    ...veth,
    program: 'nft' as const,
    name: 'x rules',
    module: 'y',
    script: 'table inet t { nosuch }',
  };
  assert.equal(await missingFeatures([veth, noLink, bridge, noRule]), [noLink, noRule]);
});

test('a failure that is not about the kernel is left as it is', async () => {
  const failure = new EngineError('program-failed', "'ip link add x' failed: No such device");
  assert.is(await explainNetworkFailure(failure, {policy: 'host'}), failure);
  const other = new Error('x');
  assert.is(await explainNetworkFailure(other, {policy: 'host'}), other);
  assert.ok(isEngineError(failure));
});

function fakeRoot(name: string, {modules, os = ''}: {modules?: string; os?: string}): string {
  const root = join(testHost.tmp, name);
  mkdirSync(join(root, 'etc'), {recursive: true});
  writeFileSync(join(root, 'etc/os-release'), os);
  if (modules === undefined) return root;
  for (const kernel of ['6.8.0-1-generic', '5.15.148-tegra', '6.6.51+rpt-rpi-v8', '6.12.0-cloud-arm64']) {
    mkdirSync(join(root, 'lib/modules', kernel), {recursive: true});
    writeFileSync(join(root, 'lib/modules', kernel, 'modules.dep'), modules);
  }
  return root;
}

test('the remedy depends on the machine', () => {
  const upgraded = fakeRoot('upgraded', {});
  assert.is(
    remedy('6.8.0-1-generic', ['veth'], upgraded),
    '/lib/modules/6.8.0-1-generic is missing: the kernel was upgraded, or its modules removed, and this one still runs: reboot',
  );
  const bare = fakeRoot('bare', {modules: 'kernel/drivers/net/veth.ko.xz:\n', os: 'ID=debian\n'});
  assert.is(
    remedy('6.12.0-cloud-arm64', ['veth'], bare),
    "the modules are installed but do not load: see what 'modprobe veth' says",
  );
  assert.is(
    remedy('6.12.0-cloud-arm64', ['veth', 'macvlan'], bare),
    'its modules have no macvlan: apt install linux-image-arm64, then reboot: the cloud kernel leaves them out',
  );
  assert.is(
    remedy('5.15.148-tegra', ['nft_fib_inet'], bare),
    "its modules have no nft_fib_inet: NVIDIA's kernel for Jetson leaves them out: build them from its sources, or take a kernel that has them",
  );
  assert.is(
    remedy('6.6.51+rpt-rpi-v8', ['nft_masq'], bare),
    'its modules have no nft_masq: apt full-upgrade, then reboot, brings the kernel of Raspberry Pi OS that has them',
  );
  const ubuntu = fakeRoot('ubuntu', {modules: '', os: 'ID=ubuntu\n'});
  assert.is(
    remedy('6.8.0-1-generic', ['macvlan'], ubuntu),
    'its modules have no macvlan: apt install linux-modules-extra-6.8.0-1-generic',
  );
});

test.run();
