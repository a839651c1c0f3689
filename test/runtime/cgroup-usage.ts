// What is read of cgroups and interfaces, from files as both kinds of kernels write them.
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readCgroupUsage} from '../../src/runtime/cgroup-usage.ts';
import {parseNetworkUsage, readNetworkUsage} from '../../src/runtime/network-usage.ts';
import {testHost} from '../support/test-host.ts';

const test = suite<{root: string}>('cgroup usage');

test.before.each((context) => {
  context.root = mkdtempSync(join(testHost.tmp, 'cgroup-'));
});
test.after.each(({root}) => rmSync(root, {recursive: true}));

function write(root: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), {recursive: true});
    writeFileSync(join(root, path), text);
  }
}

const unified = {
  'cgroup.controllers': 'cpu io memory pids\n',
  'a.scope/cpu.stat': 'usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\n',
  'a.scope/memory.current': '10000000\n',
  'a.scope/memory.stat': 'anon 6000000\nfile 4000000\nactive_file 1000000\ninactive_file 3000000\n',
  'a.scope/memory.max': 'max\n',
  'a.scope/container/memory.max': '50000000\n',
  'a.scope/io.stat':
    '8:0 rbytes=100 wbytes=20 rios=3 wios=4 dbytes=7 dios=1\n254:0 rbytes=1 wbytes=2\n7:0 \n',
  'a.scope/pids.current': '3\n',
};

test('cgroup v2, with the limit that crun sets below the scope', ({root}) => {
  write(root, unified);
  assert.equal(readCgroupUsage('/a.scope', root), {
    cpuNanoseconds: 1_500_000_000,
    memoryBytes: 7_000_000,
    memoryLimitBytes: 50_000_000,
    readBytes: 101,
    writtenBytes: 22,
    pids: 3,
  });
});

test('cgroup v2 without limits, and with controllers that are not on', ({root}) => {
  write(root, {'cgroup.controllers': '', 'a/cpu.stat': 'usage_usec 7\n'});
  assert.equal(readCgroupUsage('/a', root), {
    cpuNanoseconds: 7000,
    memoryBytes: 0,
    memoryLimitBytes: Number.POSITIVE_INFINITY,
    readBytes: 0,
    writtenBytes: 0,
    pids: 0,
  });
});

const hierarchies = {
  'cpuacct/c/cpuacct.usage': '1500000001\n',
  'memory/c/memory.usage_in_bytes': '10000000\n',
  'memory/c/memory.stat': 'inactive_file 1\ntotal_cache 4000000\ntotal_inactive_file 3000000\n',
  'memory/c/memory.limit_in_bytes': '9223372036854771712\n',
  'blkio/c/blkio.throttle.io_service_bytes_recursive':
    '8:0 Read 100\n8:0 Write 20\n8:0 Sync 120\n8:0 Async 0\n8:0 Total 120\n9:0 Read 1\n9:0 Write 2\nTotal 123\n',
  'pids/c/pids.current': '3\n',
};

test('cgroup v1', ({root}) => {
  write(root, hierarchies);
  const expected = {
    cpuNanoseconds: 1_500_000_001,
    memoryBytes: 7_000_000,
    memoryLimitBytes: Number('9223372036854771712'),
    readBytes: 101,
    writtenBytes: 22,
    pids: 3,
  };
  assert.equal(readCgroupUsage('/c', root), expected);
  const {'blkio/c/blkio.throttle.io_service_bytes_recursive': io, ...rest} = hierarchies;
  rmSync(join(root, 'blkio'), {recursive: true});
  write(root, {...rest, 'blkio/c/blkio.throttle.io_service_bytes': io});
  assert.equal(readCgroupUsage('/c', root), expected, 'older kernels');
});

test('cache beyond what is used is not taken off it', ({root}) => {
  write(root, {...unified, 'a.scope/memory.stat': 'inactive_file 10000000\n'});
  assert.is(readCgroupUsage('/a.scope', root)?.memoryBytes, 10_000_000);
});

test('a cgroup that is gone has no usage', ({root}) => {
  write(root, unified);
  assert.is(readCgroupUsage('/b.scope', root), undefined);
  rmSync(join(root, 'cgroup.controllers'));
  assert.is(readCgroupUsage('/c', root), undefined);
});

const interfaces = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    5000      50    0    0    0     0          0         0     5000      50    0    0    0     0       0          0
  eth0:    1200       9    0    0    0     0          0         0      300       4    0    0    0     0       0          0
  eth1:123456789012   9    0    0    0     0          0         0        7       1    0    0    0     0       0          0
`;

test('interfaces are taken together, without the loopback', () => {
  assert.equal(parseNetworkUsage(interfaces), {receivedBytes: 123_456_790_212, sentBytes: 307});
  assert.equal(parseNetworkUsage(''), {receivedBytes: 0, sentBytes: 0});
  assert.is(readNetworkUsage(2 ** 22 + 1), undefined);
});

test.run();
