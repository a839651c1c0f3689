import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {checkResources, containerResources} from '../../bundles/container-resources.ts';
import type {ResourceOptions} from '../../bundles/resource-options.ts';
import {buildChecked, bundleInput, hostFacts, legacyHost} from '../support/bundle-input.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const mib = 1024 ** 2;
const {cgroup} = hostFacts();
const withoutSwap = hostFacts({cgroup: {...cgroup, swapAccounting: false}});
const bare = hostFacts({cgroup: {...cgroup, controllers: [], files: [], swapAccounting: false}});
const disk = {'/dev/sda': {major: 8, minor: 0}};

function limitsOf(resources: ResourceOptions, host = hostFacts()) {
  const {devices: _, ...limits} = containerResources(bundleInput({resources}, {host, blockDevices: disk}));
  return limits;
}

/** One of everything. */
const everything: ResourceOptions = {
  memoryBytes: 64 * mib,
  memorySwapBytes: 96 * mib,
  memoryReservationBytes: 32 * mib,
  memorySwappiness: 0,
  oomKillDisable: true,
  cpuShares: 512,
  cpuPeriodUs: 50_000,
  cpuQuotaUs: 25_000,
  realtimePeriodUs: 1_000_000,
  realtimeRuntimeUs: 10_000,
  cpusetCpus: '0-1,3',
  cpusetMems: '0',
  blockWeight: 300,
  blockWeightDevices: [{path: '/dev/sda', value: 200}],
  readBps: [{path: '/dev/sda', value: 1_048_576}],
  writeBps: [{path: '/dev/sda', value: 2_097_152}],
  readIops: [{path: '/dev/sda', value: 100}],
  writeIops: [{path: '/dev/sda', value: 200}],
  pidsLimit: 50,
};

test('each limit reaches the config of a container on cgroup v1, and fits the schema', () => {
  const input = bundleInput({resources: everything}, {host: legacyHost(), blockDevices: disk});
  assert.equal(checkResources(everything, legacyHost()), []);
  const {devices: _, ...limits} = buildChecked(input).linux.resources ?? {};
  assert.equal(limits, {
    memory: {
      limit: 67_108_864,
      swap: 100_663_296,
      reservation: 33_554_432,
      swappiness: 0,
      disableOOMKiller: true,
    },
    cpu: {
      shares: 512,
      period: 50_000,
      quota: 25_000,
      realtimePeriod: 1_000_000,
      realtimeRuntime: 10_000,
      cpus: '0-1,3',
      mems: '0',
    },
    pids: {limit: 50},
    blockIO: {
      weight: 300,
      weightDevice: [{major: 8, minor: 0, weight: 200}],
      throttleReadBpsDevice: [{major: 8, minor: 0, rate: 1_048_576}],
      throttleWriteBpsDevice: [{major: 8, minor: 0, rate: 2_097_152}],
      throttleReadIOPSDevice: [{major: 8, minor: 0, rate: 100}],
      throttleWriteIOPSDevice: [{major: 8, minor: 0, rate: 200}],
    },
  });
});

test('on cgroup v2 what crun would refuse is left out with a warning, the rest is for crun to convert', () => {
  const {realtimePeriodUs: _, realtimeRuntimeUs: __, ...asked} = everything;
  assert.equal(checkResources(asked, hostFacts()), [
    'Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.',
    'Your kernel does not support OomKillDisable. OomKillDisable discarded.',
    'Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.',
  ]);
  const {memory, cpu, blockIO} = limitsOf(asked);
  assert.equal(memory, {limit: 67_108_864, swap: 100_663_296, reservation: 33_554_432});
  assert.equal(cpu, {shares: 512, period: 50_000, quota: 25_000, cpus: '0-1,3', mems: '0'});
  assert.equal(Object.keys(blockIO ?? {}), [
    'weight',
    'throttleReadBpsDevice',
    'throttleWriteBpsDevice',
    'throttleReadIOPSDevice',
    'throttleWriteIOPSDevice',
  ]);
});

test('--cpus is a quota of the usual period', () => {
  assert.equal(limitsOf({nanoCpus: 500_000_000}), {cpu: {quota: 50_000, period: 100_000}});
});

test('as much swap as memory without --memory-swap, and any with -1', () => {
  assert.equal(limitsOf({memoryBytes: 64 * mib}), {memory: {limit: 67_108_864, swap: 134_217_728}});
  assert.equal(limitsOf({memoryBytes: 64 * mib, memorySwapBytes: -1}), {memory: {limit: 67_108_864}});
});

test('without swap accounting memory is limited alone', () => {
  assert.equal(limitsOf({memoryBytes: 64 * mib}, withoutSwap), {memory: {limit: 67_108_864}});
  assert.equal(checkResources({memoryBytes: 64 * mib}, withoutSwap), [
    'Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.',
  ]);
  assert.equal(checkResources({memoryBytes: 64 * mib, memorySwapBytes: -1}, withoutSwap), []);
});

test('zero and -1 mean no limit', () => {
  const nothing = {memoryBytes: 0, nanoCpus: 0, pidsLimit: 0, cpuShares: 0, cpuPeriodUs: 0, blockWeight: 0};
  assert.equal(limitsOf(nothing), {});
  assert.equal(limitsOf({pidsLimit: -1}), {});
});

test('limits that the host has no controller for are left out with a warning', () => {
  const {realtimePeriodUs: _, realtimeRuntimeUs: __, ...asked} = everything;
  assert.equal(limitsOf(asked, bare), {});
  assert.equal(checkResources(asked, bare), [
    'Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
    'Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.',
    'Your kernel does not support memory soft limit capabilities or the cgroup is not mounted. Limitation discarded.',
    'Your kernel does not support OomKillDisable. OomKillDisable discarded.',
    'Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.',
    'Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.',
    'Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.',
    'Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.',
    'Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.',
    'Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.',
    'Your kernel does not support BPS Block I/O read limit or the cgroup is not mounted. Block I/O BPS read limit discarded.',
    'Your kernel does not support BPS Block I/O write limit or the cgroup is not mounted. Block I/O BPS write limit discarded.',
    'Your kernel does not support IOPS Block read limit or the cgroup is not mounted. Block I/O IOPS read limit discarded.',
    'Your kernel does not support IOPS Block write limit or the cgroup is not mounted. Block I/O IOPS write limit discarded.',
  ]);
});

test('what can be done brings no warning', () => {
  assert.equal(checkResources({memoryBytes: 6 * mib, nanoCpus: 4e9, pidsLimit: 1}, hostFacts()), []);
});

test('a container that waits for memory without a limit is warned of', () => {
  assert.equal(checkResources({oomKillDisable: true}, legacyHost()), [
    'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
  ]);
});

const refused: [options: ResourceOptions, message: string][] = [
  [{memoryBytes: 6 * mib - 1}, 'Minimum memory limit allowed is 6MB'],
  [
    {memoryBytes: 8 * mib, memorySwapBytes: 7 * mib},
    'Minimum memoryswap limit should be larger than memory limit, see usage',
  ],
  [
    {memorySwapBytes: 8 * mib},
    'You should always set the Memory limit when using Memoryswap limit, see usage',
  ],
  [{memorySwappiness: 101}, 'invalid value: 101. Valid memory swappiness range is 0-100'],
  [{memoryReservationBytes: 1}, 'Minimum memory reservation allowed is 6MB'],
  [
    {memoryBytes: 8 * mib, memoryReservationBytes: 9 * mib},
    'Minimum memory limit can not be less than memory reservation limit, see usage',
  ],
  [{nanoCpus: 4_000_000_001}, 'Range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available'],
  [{nanoCpus: -1}, 'Range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available'],
  [{nanoCpus: 1, cpuPeriodUs: 1000}, 'Conflicting options: Nano CPUs and CPU Period cannot both be set'],
  [{nanoCpus: 1, cpuQuotaUs: 1000}, 'Conflicting options: Nano CPUs and CPU Quota cannot both be set'],
  [{cpuShares: -1}, 'shares: invalid argument'],
  [{cpuShares: 1}, 'the minimum allowed cpu-shares is 2'],
  [{cpuShares: 262_145}, 'the maximum allowed cpu-shares is 262144'],
  [
    {cpuPeriodUs: 999},
    'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)',
  ],
  [
    {cpuPeriodUs: 1_000_001},
    'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)',
  ],
  [{cpuQuotaUs: 999}, 'CPU cfs quota can not be less than 1ms (i.e. 1000)'],
  [
    {realtimePeriodUs: 1000, realtimeRuntimeUs: 1001},
    'cpu real-time runtime cannot be higher than cpu real-time period',
  ],
  [{cpusetCpus: '4'}, 'Requested CPUs are not available - requested 4, available: 0-3'],
  [{cpusetMems: '0-1'}, 'Requested memory nodes are not available - requested 0-1, available: 0'],
  [{cpusetCpus: 'a'}, 'Invalid value a for cpuset cpus'],
  [{cpusetCpus: '0-'}, 'Invalid value 0- for cpuset cpus'],
  [{cpusetCpus: '0-99999999999'}, 'Invalid value 0-99999999999 for cpuset cpus'],
  [{cpusetMems: '1-0'}, 'Invalid value 1-0 for cpuset mems'],
  [{blockWeight: 9}, 'Range of blkio weight is from 10 to 1000'],
  [{blockWeight: 1001}, 'Range of blkio weight is from 10 to 1000'],
];
for (const [options, message] of refused) {
  test(`refused in Docker’s words: ${JSON.stringify(options)}`, async () => {
    const error = await engineErrorOf(() => checkResources(options, hostFacts()));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, message);
    assert.is(error.oclif.exit, 125);
  });
}

for (const [options, message] of [
  [
    {nanoCpus: 1e9},
    'NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted',
  ],
  [
    {realtimeRuntimeUs: 1000},
    '--cpu-rt-period and --cpu-rt-runtime cannot be set: the kernel has no real-time groups, or the cgroup is version 2',
  ],
] as const) {
  test(`refused where the kernel cannot: ${JSON.stringify(options)}`, async () => {
    const error = await engineErrorOf(() => checkResources(options, bare));
    assert.is(error.code, 'host-unsupported');
    assert.is(error.message, message);
  });
}

test.run();
