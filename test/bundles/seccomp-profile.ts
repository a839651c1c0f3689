import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {capabilityNames, defaultCapabilities} from '../../bundles/capabilities.ts';
import {parseSeccompProfile, resolveSeccomp, type SeccompProfile} from '../../bundles/seccomp.ts';
import {defaultSeccompProfile} from '../../bundles/seccomp-profile.ts';
import {saySkipped} from '../support/test-host.ts';

const referencePath = join(import.meta.dirname, '../../../shared/reference/seccomp-docker-default.json');

// What happens to each call: the profile's own order and grouping do not matter, the conditions on it do.
function effectOf(profile: SeccompProfile, architecture: 'arm64' | 'amd64', capabilities: string[]) {
  const target = {architecture, capabilities, kernel: {major: 6, minor: 12}};
  const {syscalls = [], ...rest} = resolveSeccomp(profile, target) ?? {};
  const calls: Record<string, string[]> = {};
  for (const {names, ...rule} of syscalls) {
    for (const name of names) {
      const rules = new Set([...(calls[name] ?? []), JSON.stringify(rule)]);
      calls[name] = [...rules].sort();
    }
  }
  const ordered = Object.fromEntries(Object.entries(calls).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {...rest, calls: ordered};
}

const capabilitySets: Record<string, readonly string[]> = {
  'Docker’s default capabilities': defaultCapabilities,
  'no capability': [],
  'all capabilities': capabilityNames,
  ...Object.fromEntries(capabilityNames.map((name) => [`CAP_${name} alone`, [name]])),
};

if (existsSync(referencePath)) {
  const reference = parseSeccompProfile(readFileSync(referencePath, 'utf8'));
  for (const architecture of ['arm64', 'amd64'] as const) {
    for (const [title, names] of Object.entries(capabilitySets)) {
      test(`on ${architecture} with ${title} the profile has the effect of Docker’s`, () => {
        const capabilities = names.map((name) => `CAP_${name}`);
        const own = effectOf(defaultSeccompProfile, architecture, capabilities);
        assert.equal(own, effectOf(reference, architecture, capabilities));
      });
    }
  }
} else {
  saySkipped(`the seccomp profile is not compared with Docker's: no ${referencePath}`);
  test.skip('the profile has the effect of Docker’s', () => undefined);
}

test('the default container may not make namespaces, mount or trace kernels', () => {
  const capabilities = defaultCapabilities.map((name) => `CAP_${name}`);
  const {calls} = effectOf(defaultSeccompProfile, 'arm64', capabilities);
  for (const name of [
    'mount',
    'umount2',
    'unshare',
    'setns',
    'bpf',
    'keyctl',
    'io_uring_setup',
    'kexec_load',
  ]) {
    assert.is(calls[name], undefined, name);
  }
  assert.equal(calls.clone3, ['{"action":"SCMP_ACT_ERRNO","errnoRet":38}']);
});

test.run();
