// Limits on cgroup v2, as the kernel keeps them: read inside and outside a container, and run into.
import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {installedForSuite} from '../support/machine/installed.ts';
import {testHost} from '../support/test-host.ts';

const test = suite('limits on an arm64 machine');
const {machine, images} = await installedForSuite(test);
const image = `${images}/busybox`;
await machine.ok(`crundle pull -q ${image}`);

/** Flags of run, and by file of the container's cgroup what it must hold. */
const limits: Record<string, {flags: string; files: Record<string, string>}> = {
  'memory, swap, CPU time and processes': {
    flags: '-m 64m --memory-swap 96m --memory-reservation 32m --cpus 0.5 --pids-limit 20',
    files: {
      'memory.max': '67108864',
      'memory.swap.max': '33554432',
      'memory.low': '33554432',
      'cpu.max': '50000 100000',
      'pids.max': '20',
    },
  },
  'a period and a quota, a share and the CPUs': {
    // crun turns 2 to 262144 shares into 1 to 10000 of the kernel's weight.
    flags: '--cpu-period 50000 --cpu-quota 25000 --cpu-shares 2048 --cpuset-cpus 1 --cpuset-mems 0',
    files: {'cpu.max': '25000 50000', 'cpu.weight': '79', 'cpuset.cpus': '1', 'cpuset.mems': '0'},
  },
  'block devices': {
    flags:
      '--device-read-bps /dev/vda:1mb --device-write-bps /dev/vda:2mb --device-read-iops /dev/vda:100 --device-write-iops /dev/vda:200',
    files: {'io.max': 'NUMBERS rbps=1048576 wbps=2097152 riops=100 wiops=200'},
  },
};

for (const [title, {flags, files}] of Object.entries(limits)) {
  test(`the kernel holds what was asked for: ${title}`, async () => {
    const id = await machine.ok(`crundle run -d --name limited ${flags} ${image} sleep 1000`);
    const numbers = await machine.ok('cat /sys/class/block/vda/dev');
    const expected = Object.values(files).map((text) => text.replace('NUMBERS', numbers));
    const names = Object.keys(files).join(' ');
    const inside = await machine.ok(`crundle exec limited sh -c 'cd /sys/fs/cgroup && cat ${names}'`);
    assert.equal(inside.split('\n'), expected);
    // crun puts the container into a cgroup of its own below the scope.
    const scope = await machine.ok(`systemctl show --property=ControlGroup --value crundle-${id}.scope`);
    const outside = await machine.ok(`cd /sys/fs/cgroup${scope}/container && cat ${names}`);
    assert.equal(outside.split('\n'), expected);
    await machine.ok('crundle rm -f limited');
  });
}

test('a container that takes more memory is killed, and that is told', async () => {
  // tail keeps a line without end in memory.
  const hog = `crundle run --name hog -m 32m --memory-swap 32m ${image} tail /dev/zero`;
  assert.is((await machine.run(hog)).status, 137);
  assert.is(
    await machine.ok("crundle inspect --format '{{.State.OOMKilled}} {{.State.ExitCode}}' hog"),
    'true 137',
  );
  await machine.ok('crundle rm hog');
});

test('a container starts no more processes than it may', async () => {
  const {stderr, status} = await machine.run(
    `crundle run --rm --pids-limit 5 ${image} sh -c 'for n in 1 2 3 4 5 6 7 8; do sleep 100 & done'`,
  );
  assert.is(status, 2);
  assert.match(stderr, /can't fork: Resource temporarily unavailable/);
});

test('a container takes no more of the processors than it may', async () => {
  const id = await machine.ok(`crundle run -d --name busy --cpus 0.2 ${image} sh -c 'while :; do :; done'`);
  const scope = await machine.ok(`systemctl show --property=ControlGroup --value crundle-${id}.scope`);
  await machine.ok('sleep 3');
  const throttled = await machine.ok(`sed -n 's/^nr_throttled //p' /sys/fs/cgroup${scope}/cpu.stat`);
  assert.ok(Number(throttled) > 0, `never throttled: ${throttled}`);
  await machine.ok('crundle rm -f busy');
});

test('stats counts memory and processor time below the limits', async () => {
  const script = 'dd if=/dev/zero of=/dev/shm/a bs=1M count=20 2>/dev/null; echo filled; while :; do :; done';
  await machine.ok(`crundle run -d --name counted -m 64m --cpus 0.5 ${image} sh -c '${script}'`);
  await machine.ok('until crundle logs counted | grep -q filled; do sleep 1; done; sleep 1');
  const stats = JSON.parse(await machine.ok('crundle stats --no-stream --format json counted'));
  const [used = '', limit] = stats.MemUsage.split(' / ');
  assert.is(limit, '64MiB');
  assert.match(used, /^2\d(\.\d+)?MiB$/);
  assert.is(stats.PIDs, '1');
  const cpuPercent = Number.parseFloat(stats.CPUPerc);
  assert.ok(cpuPercent > 5 && cpuPercent < 75, stats.CPUPerc);
  await machine.ok('crundle rm -f counted');
});

test('a root filesystem holds no more than --storage-opt says, and its room is given back', async () => {
  // A data root on a file system with project quotas: that of the machine has none.
  const root = '/mnt/projects';
  const env = `CRUNDLE_DATA_ROOT=${root} CRUNDLE_RUN_ROOT=/run/projects`;
  await machine.put(projectDisk(), '/var/tmp/disk.gz');
  await machine.ok(
    `gzip -d /var/tmp/disk.gz && mkdir ${root} && mount -o loop,prjquota /var/tmp/disk ${root}`,
  );
  try {
    const write = 'dd if=/dev/zero of=/a bs=1M count=30';
    const used = async () => Number(await machine.ok(`df --output=used ${root} | tail -1`));
    await machine.ok(`${env} crundle run --rm --network none ${image} true`);
    const before = await used();
    const {status, stdout, stderr} = await machine.run(
      `${env} crundle run --network none --name small --storage-opt size=20m ${image} sh -c '${write}; df -k /'`,
    );
    assert.is(status, 0);
    assert.match(stderr, /dd: error writing '\/a': Disk quota exceeded/);
    // The overlay's root shows the limit to df.
    const [, kilobytes, usedKilobytes] = stdout.split('\n')[1]?.split(/ +/) ?? [];
    assert.is(kilobytes, '20480');
    assert.ok(Number(usedKilobytes) > 20_000, stdout);
    assert.ok((await used()) > before + 20_000);
    assert.is(
      await machine.ok(`${env} crundle inspect -f '{{.HostConfig.StorageOpt.size}}' small`),
      '20971520',
    );
    await machine.ok(`${env} crundle rm small`);
    assert.ok((await used()) < before + 1000);
    await machine.ok(`${env} crundle run --rm --network none ${image} ${write}`);
  } finally {
    await machine.ok(`umount ${root}; rm -rf /var/tmp/disk ${root} /run/projects`);
  }
});

// Made here: the machine has no mkfs.
function projectDisk(): string {
  const path = join(testHost.tmp, 'disk');
  execFileSync('truncate', ['-s', '100M', path]);
  execFileSync('mkfs.ext4', ['-q', '-O', 'quota,project', '-E', 'quotatype=prjquota', path]);
  execFileSync('gzip', [path]);
  return `${path}.gz`;
}

test.run();
