// bundle of an image that nobody vouches for: what it says of itself gives it no more than run would.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {pushBusybox} from '../support/pushed-image.ts';
import {startRegistry} from '../support/registry-server.ts';
import {assertHostClean, crundleOk, testHost} from '../support/test-host.ts';

const test = suite('bundle of an untrusted image');

const orders = {
  'run.oci.seccomp_bpf_data': 'BgAAAAAA/38=',
  'run.oci.handler': 'krun',
  'run.oci.hooks.stdout': '/root/.profile',
  'run.oci.keep_original_groups': '1',
  'org.systemd.property.DeviceAllow': "'rwm'",
  'org.criu.config': '/etc/criu.conf',
  'krun.cpus': '8',
  'module.wasm.image/variant': 'compat',
  'dev.crundle.default-home': 'false',
};

test('labels that a runtime would act on are no annotations; those of --annotation are', async () => {
  const registry = await startRegistry({writable: true});
  try {
    const image = await pushBusybox(registry.address, 'orders', {Labels: {...orders, kind: 'harmless'}});
    const folder = join(testHost.tmp, 'orders');
    const flags = ['--label', 'run.oci.systemd.subgroup=x', '--annotation', 'run.oci.delegate-cgroup=mine'];
    await crundleOk(['bundle', '--network', 'none', ...flags, '-e', 'HOME=/', '-o', folder, image]);
    const {annotations} = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    assert.equal(annotations, {kind: 'harmless', 'run.oci.delegate-cgroup': 'mine'});
  } finally {
    await registry.stop();
  }
  await assertHostClean();
});

test.run();
