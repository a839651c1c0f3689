// Each limit of run and create, read back from the kernel: in the container and from the host.
import {existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {cgroupVersion} from '../../src/system/host-facts.ts';
import {blockDevice} from '../support/block-device.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, saySkipped, testHost} from '../support/test-host.ts';

const test = suite('resource limits');
const {image} = await serveBusybox(test);

test.after(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', ...ids]);
  await assertHostClean();
});

interface Limit {
  flags: string[];
  /** By file of cgroup v1, what it must hold. */
  v1: Record<string, string>;
  /** By field of HostConfig. */
  inspect: Record<string, unknown>;
}

const disk = blockDevice;
const limits: Record<string, Limit> = {
  memory: {
    flags: ['-m', '64m', '--memory-swap', '96m', '--memory-reservation', '32m', '--memory-swappiness', '10'],
    v1: {
      'memory/memory.limit_in_bytes': '67108864',
      'memory/memory.memsw.limit_in_bytes': '100663296',
      'memory/memory.soft_limit_in_bytes': '33554432',
      'memory/memory.swappiness': '10',
    },
    inspect: {
      Memory: 67_108_864,
      MemorySwap: 100_663_296,
      MemoryReservation: 33_554_432,
      MemorySwappiness: 10,
    },
  },
  'memory with any swap': {
    flags: ['-m', '64m', '--memory-swap', '-1', '--oom-kill-disable'],
    v1: {
      'memory/memory.memsw.limit_in_bytes': '9223372036854771712',
      'memory/memory.oom_control': 'oom_kill_disable 1\nunder_oom 0\noom_kill 0',
    },
    inspect: {MemorySwap: -1, OomKillDisable: true, MemorySwappiness: null},
  },
  'CPU time': {
    flags: ['-c', '512', '--cpu-period', '50000', '--cpu-quota', '25000'],
    v1: {'cpu/cpu.shares': '512', 'cpu/cpu.cfs_period_us': '50000', 'cpu/cpu.cfs_quota_us': '25000'},
    inspect: {CpuShares: 512, CpuPeriod: 50_000, CpuQuota: 25_000, NanoCpus: 0},
  },
  'CPUs and memory nodes': {
    flags: ['--cpuset-cpus', '0', '--cpuset-mems', '0'],
    v1: {'cpuset/cpuset.cpus': '0', 'cpuset/cpuset.mems': '0'},
    inspect: {CpusetCpus: '0', CpusetMems: '0'},
  },
  ...(disk && {
    'rates of a disk': {
      flags: [
        ...['--device-read-bps', `${disk.path}:1mb`, '--device-write-bps', `${disk.path}:2mb`],
        ...['--device-read-iops', `${disk.path}:100`, '--device-write-iops', `${disk.path}:200`],
      ],
      v1: {
        'blkio/blkio.throttle.read_bps_device': `${disk.numbers} 1048576`,
        'blkio/blkio.throttle.write_bps_device': `${disk.numbers} 2097152`,
        'blkio/blkio.throttle.read_iops_device': `${disk.numbers} 100`,
        'blkio/blkio.throttle.write_iops_device': `${disk.numbers} 200`,
      },
      inspect: {
        BlkioDeviceReadBps: [{Path: disk.path, Rate: 1_048_576}],
        BlkioDeviceWriteIOps: [{Path: disk.path, Rate: 200}],
      },
    },
  }),
};

const onV1 = cgroupVersion() === 1 ? test : test.skip;
if (cgroupVersion() !== 1) saySkipped('limits are read back from the files of cgroup v1 alone');

for (const [title, {flags, v1, inspect}] of Object.entries(limits)) {
  onV1(`${title}: in the container, on the host and in inspect`, async () => {
    const files = Object.keys(v1);
    const script = `for file in ${files.join(' ')}; do cat /sys/fs/cgroup/$file; echo --; done; sleep 100`;
    const id = await crundleOk(['run', '-d', '--network', 'none', ...flags, image, 'sh', '-c', script]);
    const expected = Object.values(v1);
    const onHost = files.map((file) => {
      const [controller = '', name = ''] = file.split('/');
      return readFileSync(join('/sys/fs/cgroup', controller, testHost.cgroupParent, id, name), 'utf8').trim();
    });
    assert.equal(onHost, expected);
    const inside = await logged(id, expected.length);
    assert.equal(inside, expected);
    const [{HostConfig}] = JSON.parse(await crundleOk(['inspect', id]));
    assert.equal(Object.fromEntries(Object.keys(inspect).map((key) => [key, HostConfig[key]])), inspect);
    await crundleOk(['rm', '-f', id]);
  });
}

async function logged(id: string, parts: number): Promise<string[]> {
  for (let attempt = 0; ; attempt++) {
    const texts = (await crundleOk(['logs', id])).split('--').map((text) => text.trim());
    if (texts.length > parts || attempt === 50) return texts.slice(0, parts);
  }
}

test('the oom score, the size of /dev/shm and the cgroup namespace', async () => {
  const script = 'cat /proc/self/oom_score_adj; df -k /dev/shm | tail -n 1; readlink /proc/self/ns/cgroup';
  const flags = ['--oom-score-adj', '300', '--shm-size', '12m', '--cgroupns', 'private'];
  const [score, shm, namespace] = (
    await crundleOk(['run', '--rm', '--network', 'none', ...flags, image, 'sh', '-c', script])
  ).split('\n');
  assert.is(score, '300');
  assert.match(shm ?? '', /^shm +12288 /);
  assert.is.not(
    namespace,
    await crundleOk([
      'run',
      '--rm',
      '--network',
      'none',
      '--cgroupns=host',
      image,
      'readlink',
      '/proc/self/ns/cgroup',
    ]),
  );
});

test('a --shm-size of 0 is the default', async () => {
  const id = await crundleOk(['create', '--shm-size', '0', '--oom-score-adj', '5', image]);
  const [{HostConfig}] = JSON.parse(await crundleOk(['inspect', id]));
  assert.is(HostConfig.ShmSize, 67_108_864);
  assert.is(HostConfig.OomScoreAdj, 5);
  assert.is(HostConfig.CgroupnsMode, cgroupVersion() === 2 ? 'private' : 'host');
  await crundleOk(['rm', id]);
});

onV1('--cgroup-parent goes over the configuration, and the cgroup goes with the container', async () => {
  const parent = `${testHost.cgroupParent}/chosen`;
  try {
    const flags = ['--network', 'none', '--cgroup-parent', parent];
    const id = await crundleOk(['run', '-d', ...flags, image, 'sleep', '100']);
    const cgroup = join('/sys/fs/cgroup/memory', parent, id);
    assert.ok(existsSync(cgroup));
    const [{HostConfig}] = JSON.parse(await crundleOk(['inspect', id]));
    assert.is(HostConfig.CgroupParent, parent);
    await crundleOk(['rm', '-f', id]);
    assert.not(existsSync(cgroup));
  } finally {
    removeParent(parent);
  }
});

const realtimeFile = 'cpu.rt_runtime_us';
const onRealtime = existsSync(`/sys/fs/cgroup/cpu/${realtimeFile}`) ? onV1 : test.skip;
if (onRealtime === test.skip) saySkipped('this kernel has no real-time groups');

onRealtime(
  'real-time CPU time is given where the parent has some, and refused where it has none',
  async () => {
    // At the top of the tree, since each parent has to have some.
    const parent = `/${basename(testHost.cgroupParent)}-realtime`;
    const flags = ['--rm', '--network', 'none', '--cgroup-parent', parent, '--cpu-rt-runtime', '2000'];
    const line = ['run', ...flags, image, 'cat', `/sys/fs/cgroup/cpu/${realtimeFile}`];
    try {
      const refused = await crundle(line);
      assert.is(refused.status, 125);
      assert.match(refused.stderr, /cpu\.rt_runtime_us/);
      mkdirSync(join('/sys/fs/cgroup/cpu', parent), {recursive: true});
      writeFileSync(join('/sys/fs/cgroup/cpu', parent, realtimeFile), '10000');
      assert.is(await crundleOk(line), '2000');
    } finally {
      removeParent(parent);
    }
  },
);

// As under Docker the parent stays when its containers go.
function removeParent(parent: string): void {
  for (const hierarchy of readdirSync('/sys/fs/cgroup')) {
    const cgroup = join('/sys/fs/cgroup', hierarchy, parent);
    if (existsSync(cgroup)) rmdirSync(cgroup);
  }
}

test('a device that is not there is named', async () => {
  const {status, stderr} = await crundle([
    'run',
    '--rm',
    '--network',
    'none',
    '--device-read-bps',
    '/dev/absent:1m',
    image,
  ]);
  assert.is(status, 125);
  assert.is(
    stderr,
    "Error: cannot limit /dev/absent: there is no such device\nHint: 'lsblk -p' lists the block devices of this machine\n",
  );
  assert.is(await crundleOk(['ps', '-aq']), '');
});

test.run();
