import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {SeccompFilterCache} from '../../src/containers/seccomp-filter-cache.ts';
import {formatRuntimeJson} from '../../src/oci/runtime-config-json.ts';
import type {RuntimeConfig} from '../../src/oci/runtime-spec.ts';
import {readHostFacts} from '../../src/system/host-facts.ts';
import {buildChecked, bundleInput} from '../support/bundle-input.ts';
import {busyboxLayer} from '../support/busybox-layer.ts';
import {testHost} from '../support/test-host.ts';

const annotation = 'run.oci.seccomp_bpf_data';
const bundle = join(testHost.tmp, 'bundle');
const crunRoot = join(testHost.runRoot, 'crun');
const config = buildChecked(
  bundleInput(
    {command: ['sh', '-c', 'grep Seccomp: /proc/self/status; unshare -m true; sleep 60']},
    {
      host: readHostFacts(),
      cgroupsPath: `${testHost.cgroupParent}/filter`,
      files: {hosts: '/etc/hosts', hostname: '/etc/hostname', resolvConf: '/etc/resolv.conf'},
    },
  ),
);

test.before(() => {
  mkdirSync(join(bundle, 'rootfs'), {recursive: true});
  execFileSync('tar', ['-xf', busyboxLayer(), '-C', join(bundle, 'rootfs')]);
});

function withCreated(id: string, made: RuntimeConfig, use: (stateFolder: string) => void): void {
  writeFileSync(join(bundle, 'config.json'), formatRuntimeJson(made));
  const crun = (...args: string[]) => execFileSync('crun', ['--root', crunRoot, ...args], {stdio: 'ignore'});
  crun('create', '--bundle', bundle, id);
  try {
    use(join(crunRoot, id));
  } finally {
    crun('delete', '--force', id);
  }
}

test('a filter is kept from the first container and filters the next one alike', () => {
  const cache = new SeccompFilterCache(join(testHost.runRoot, 'filters'));
  assert.equal(cache.addTo(config), config, 'nothing is kept at first');
  withCreated('first', config, (state) => cache.keep(config, state));
  const next = cache.addTo(config);
  assert.ok(next.annotations?.[annotation]);
  assert.equal(next.linux.seccomp, config.linux.seccomp, 'the rules stay');
  const process = {...next.process, args: ['sh', '-c', 'grep Seccomp: /proc/self/status; unshare -m true']};
  writeFileSync(join(bundle, 'config.json'), formatRuntimeJson({...next, process}));
  const {status, stdout} = run('second');
  assert.is(status, 1, 'unshare is refused');
  assert.match(stdout, /^Seccomp:\t2$/m);
});

function run(id: string): {status: number; stdout: string} {
  try {
    const stdout = execFileSync('crun', ['--root', crunRoot, 'run', '--bundle', bundle, id], {
      encoding: 'utf8',
    });
    return {status: 0, stdout};
  } catch (error) {
    if (error instanceof Error && 'status' in error && 'stdout' in error) {
      return {status: Number(error.status), stdout: String(error.stdout)};
    }
    throw error;
  }
}

test('other rules have another filter', () => {
  const cache = new SeccompFilterCache(join(testHost.runRoot, 'filters'));
  const other = {...config, linux: {...config.linux, seccomp: {defaultAction: 'SCMP_ACT_ALLOW'} as const}};
  assert.equal(cache.addTo(other), other);
});

test('a filter of another crun is not used', () => {
  const cache = new SeccompFilterCache(join(testHost.runRoot, 'filters'), '/bin/sh');
  assert.equal(cache.addTo(config), config);
});

test('a container without a filter, and a runtime that keeps none, leave nothing', () => {
  const folder = join(testHost.runRoot, 'none');
  const cache = new SeccompFilterCache(folder);
  const {seccomp: _, ...linux} = config.linux;
  cache.keep({...config, linux}, '/nonexistent');
  assert.not(existsSync(folder));
  cache.keep(config, '/nonexistent');
  assert.equal(readdirSync(folder), []);
});

test.run();
