// `update` of limits, with the words of Docker 28.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {HostFacts} from '../../bundles/host-facts.ts';
import type {ResourceOptions} from '../../bundles/resource-options.ts';
import {changedResources, updateLimits} from '../../bundles/resource-update.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const test = suite('resource update');
const megabyte = 1024 * 1024;
const host: Pick<HostFacts, 'cgroup' | 'cpus'> = {
  cpus: 4,
  cgroup: {
    version: 1,
    layout: 'legacy',
    controllers: ['memory', 'cpu', 'cpuset', 'pids'],
    files: [
      'memory.soft_limit_in_bytes',
      'memory.oom_control',
      'cpu.shares',
      'cpu.cfs_quota_us',
      'cpuset.cpus',
    ],
    swapAccounting: true,
    namespaces: true,
    cpuset: {cpus: '0-3', mems: '0'},
  },
};

const limits = (current: ResourceOptions, given: ResourceOptions) =>
  updateLimits(current, given, host).limits;
const changed = (current: ResourceOptions, given: ResourceOptions) =>
  changedResources(limits(current, given), given, host.cgroup);
const refusal = async (current: ResourceOptions, given: ResourceOptions) =>
  (await engineErrorOf(() => limits(current, given))).message;

test('what is not named, or is 0, stays; the limit of processes can be taken away', () => {
  const current = {cpuShares: 100, pidsLimit: 20, cpusetCpus: '0'};
  assert.equal(limits(current, {cpuShares: 200, nanoCpus: 0, cpusetCpus: ''}), {...current, cpuShares: 200});
  assert.equal(limits(current, {pidsLimit: -1}), {...current, pidsLimit: 0});
});

test('the limit of memory and swap stays when that of memory moves', () => {
  assert.equal(limits({memoryBytes: 64 * megabyte}, {memoryBytes: 32 * megabyte}), {
    memoryBytes: 32 * megabyte,
    memorySwapBytes: 128 * megabyte,
  });
});

const swapFirst =
  'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time';

test('what cannot stand beside what is there', async () => {
  const half = {nanoCpus: 500_000_000};
  assert.is(
    await refusal({cpuPeriodUs: 50_000}, half),
    'Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set',
  );
  assert.is(
    await refusal({cpuQuotaUs: 50_000}, half),
    'Conflicting options: Nano CPUs cannot be updated as CPU Quota has already been set',
  );
  assert.is(
    await refusal(half, {cpuPeriodUs: 50_000}),
    'Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set',
  );
  assert.is(
    await refusal(half, {cpuQuotaUs: 50_000}),
    'Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set',
  );
  assert.is(await refusal({}, {memoryBytes: 64 * megabyte}), swapFirst);
  assert.is(await refusal({memoryBytes: 64 * megabyte}, {memoryBytes: 200 * megabyte}), swapFirst);
  assert.is(
    await refusal({memoryBytes: 64 * megabyte}, {memorySwapBytes: 16 * megabyte}),
    'Minimum memoryswap limit should be larger than memory limit, see usage',
  );
});

test('values are checked as those of run are', async () => {
  assert.is(await refusal({}, {memoryBytes: megabyte}), 'Minimum memory limit allowed is 6MB');
  assert.is(
    await refusal({}, {nanoCpus: 5_000_000_000}),
    'Range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available',
  );
});

test('the runtime is told of what has changed, whole where parts belong together', () => {
  const current = {memoryBytes: 64 * megabyte, cpuShares: 100, pidsLimit: 20};
  assert.equal(changed(current, {memoryBytes: 32 * megabyte}), {
    memory: {limit: 32 * megabyte, swap: 128 * megabyte},
  });
  assert.equal(changed(current, {memorySwapBytes: -1}), {memory: {limit: 64 * megabyte, swap: -1}});
  assert.equal(changed(current, {nanoCpus: 1_500_000_000}), {
    cpu: {shares: 100, quota: 150_000, period: 100_000},
  });
  assert.equal(changed(current, {pidsLimit: 7}), {pids: {limit: 7}});
  assert.equal(changed(current, {pidsLimit: -1}), {pids: {limit: 4_194_304}});
  assert.equal(changed(current, {}), {});
});

test.run();
