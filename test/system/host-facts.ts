import {execFileSync} from 'node:child_process';
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {arch, availableParallelism, hostname, totalmem} from 'node:os';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {
  enabledControllers,
  hostArchitecture,
  listDevices,
  parseCapabilityMask,
  parseKernelVersion,
  parseLimits,
  readHostFacts,
  sleepingFiles,
} from '../../src/system/host-facts.ts';
import {mknod} from '../../src/system/libc.ts';
import {testHost} from '../support/test-host.ts';

test('the facts of this machine agree with what other sources say', () => {
  const facts = readHostFacts();
  assert.is(facts.hostname, hostname());
  assert.is(facts.cpus, availableParallelism());
  assert.is(facts.memoryBytes, totalmem());
  assert.is(facts.architecture, hostArchitecture(arch()));
  const nofile = execFileSync('sh', ['-c', 'ulimit -Hn'], {encoding: 'utf8'}).trim();
  assert.is(
    facts.rlimits.RLIMIT_NOFILE?.hard,
    nofile === 'unlimited' ? Number.POSITIVE_INFINITY : Number(nofile),
  );
  assert.ok(facts.capabilities.effective.includes('CAP_SYS_ADMIN'), 'tests run as root');
  assert.ok(facts.cgroup.controllers.includes('memory'));
  assert.ok(facts.cgroup.controllers.includes('pids'));
});

test('reading the facts takes a few milliseconds at most', () => {
  readHostFacts();
  const started = performance.now();
  readHostFacts();
  const tookMs = performance.now() - started;
  // Usually below 1; the bound allows for a busy machine.
  assert.ok(tookMs < 20, `took ${tookMs} ms`);
});

test('devices are listed with their numbers, without links, terminals and the console', () => {
  const folder = join(testHost.tmp, 'dev');
  mkdirSync(join(folder, 'pts'), {recursive: true});
  mkdirSync(join(folder, 'deep/er'), {recursive: true});
  mknod(join(folder, 'null'), 0o20666, 1, 3);
  mknod(join(folder, 'console'), 0o20600, 5, 1);
  mknod(join(folder, 'pts/0'), 0o20600, 136, 0);
  mknod(join(folder, 'deep/er/disk'), 0o60660, 259, 70_000);
  symlinkSync('null', join(folder, 'link'));
  writeFileSync(join(folder, 'file'), '');
  const devices = listDevices(folder).map(({path, type, major, minor}) => [
    path.slice(folder.length),
    type,
    major,
    minor,
  ]);
  assert.equal(devices.sort(), [
    ['/deep/er/disk', 'b', 259, 70_000],
    ['/null', 'c', 1, 3],
  ]);
});

test('a capability mask names its bits, and ignores those without a name', () => {
  assert.equal(parseCapabilityMask('0000000000200003'), ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_SYS_ADMIN']);
  assert.equal(parseCapabilityMask('8000000000000000'), []);
  assert.is(parseCapabilityMask('000001ffffffffff').length, 41);
});

test('kernel versions of boards and distributions are read', () => {
  assert.equal(parseKernelVersion('6.12.25+rpt-rpi-v8'), {major: 6, minor: 12});
  assert.equal(parseKernelVersion('4.9.337-tegra'), {major: 4, minor: 9});
  assert.equal(parseKernelVersion('6.1-rc1'), {major: 6, minor: 1});
});

test('limits are read from the kernel’s table', () => {
  const text = `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max stack size            8388608              unlimited            bytes     
Max open files            1024                 524288               files     
Max nice priority         0                    0                    
`;
  assert.equal(parseLimits(text), {
    RLIMIT_CPU: {soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY},
    RLIMIT_STACK: {soft: 8_388_608, hard: Number.POSITIVE_INFINITY},
    RLIMIT_NOFILE: {soft: 1024, hard: 524_288},
    RLIMIT_NICE: {soft: 0, hard: 0},
  });
});

test('controllers that a board leaves off are not there', () => {
  const text =
    '#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t3\t1\t1\nmemory\t0\t1\t0\npids\t8\t1\t1\n';
  assert.equal(enabledControllers(text), ['cpuset', 'pids']);
});

test('counts on files of cgroup v2 whose controller nothing has turned on yet', () => {
  assert.equal(sleepingFiles(['cpuset', 'cpu', 'io', 'memory'], ['memory']), [
    'cpu.max',
    'cpu.weight',
    'io.max',
    'io.weight',
  ]);
  assert.equal(sleepingFiles(['cpu', 'memory'], ['cpu', 'memory']), []);
});

test.run();
