// Limits and restart policies that change while a container is there: read back from its cgroup, and after a restart.
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost} from '../support/test-host.ts';

const test = suite('update');
const {image} = await serveBusybox(test);

test.after.each(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', ...ids]);
});
test.after(async () => await assertHostClean());

const start = (name: string, ...flags: string[]) =>
  crundleOk(['run', '-d', '--network', 'none', '--name', name, ...flags, image, 'sleep', '1000']);

/** A file of the container's cgroup, wherever that is: v1 has a tree for each controller. */
function limit(id: string, ...names: string[]): string {
  const path = join(testHost.cgroupParent, id);
  for (const tree of ['', ...readdirSync('/sys/fs/cgroup')]) {
    for (const name of names) {
      try {
        return readFileSync(join('/sys/fs/cgroup', tree, path, name), 'utf8').trim();
      } catch {
        // Not in this tree, or another version's name.
      }
    }
  }
  throw new Error(`no cgroup of ${id} has ${names.join(' or ')}`);
}

const memory = (id: string) => Number(limit(id, 'memory.limit_in_bytes', 'memory.max'));
const quota = (id: string) => limit(id, 'cpu.cfs_quota_us', 'cpu.max').split(' ')[0];
const inspect = (name: string, fields: string) =>
  crundleOk(['inspect', '-f', fields.replace(/\w+/g, '{{.HostConfig.$&}}'), name]);

test('a container that runs has its limits at once, and again after a restart', async () => {
  const id = await start('web', '-m', '64m', '--cpus', '0.5', '--pids-limit', '20');
  const flags = ['-m', '96m', '--memory-swap', '200m', '--cpus', '1.5', '--pids-limit', '30'];
  assert.is(await crundleOk(['update', ...flags, 'web']), 'web');
  for (const round of ['now', 'after a restart']) {
    assert.is(memory(id), 96 * 1024 * 1024, round);
    assert.is(quota(id), '150000', round);
    assert.is(limit(id, 'pids.max'), '30', round);
    await crundleOk(['restart', '-t', '0', 'web']);
  }
  assert.is(
    await inspect('web', 'Memory MemorySwap NanoCpus PidsLimit'),
    '100663296 209715200 1500000000 30',
  );
});

test('one that does not run has them at its next start', async () => {
  const id = await crundleOk(['create', '--network', 'none', '--name', 'new', image, 'sleep', '1000']);
  await crundleOk(['container', 'update', '--cpu-quota', '25000', 'new']);
  await crundleOk(['start', 'new']);
  assert.is(quota(id), '25000');
});

test('a paused one too', async () => {
  const id = await start('web', '-m', '64m');
  await crundleOk(['pause', 'web']);
  await crundleOk(['update', '-m', '32m', 'web']);
  assert.is(memory(id), 32 * 1024 * 1024);
  assert.is(await crundleOk(['inspect', '-f', '{{.State.Status}}', 'web']), 'paused');
});

test('a limit that the kernel refuses leaves all as it was', async () => {
  const id = await start('web', '-m', '64m');
  await crundleOk(['exec', 'web', 'sh', '-c', 'dd if=/dev/zero of=/dev/shm/full bs=1M count=30 2>/dev/null']);
  const {stderr, status} = await crundle(['update', '-m', '8m', '--memory-swap', '8m', 'web']);
  assert.is(status, 1, stderr);
  assert.match(stderr, /^Error: cannot update container [0-9a-f]{12}: /);
  assert.is(await inspect('web', 'Memory MemorySwap'), '67108864 134217728');
  assert.is(memory(id), 64 * 1024 * 1024);
});

test('the restart policy decides about the next end', async () => {
  await crundleOk(['run', '-d', '--network', 'none', '--name', 'web', image, 'sh', '-c', 'sleep 2; exit 3']);
  await crundleOk(['update', '--restart', 'on-failure:1', 'web']);
  assert.is(
    await crundleOk(['inspect', '-f', '{{json .HostConfig.RestartPolicy}}', 'web']),
    '{"Name":"on-failure","MaximumRetryCount":1}',
  );
  const deadline = Date.now() + 30_000;
  while ((await crundleOk(['inspect', '-f', '{{.RestartCount}}', 'web'])) !== '1') {
    assert.ok(Date.now() < deadline, 'it is not started again');
  }
  await crundleOk(['update', '--restart', 'no', 'web']);
  assert.is(await crundleOk(['inspect', '-f', '{{.HostConfig.RestartPolicy.Name}}', 'web']), 'no');
});

async function fails(args: string[], message: string): Promise<void> {
  const {stderr, status} = await crundle(args);
  assert.is(stderr.split('\n')[0], message);
  assert.is(status, 1);
}

test('what is no update', async () => {
  await start('web', '--cpus', '0.5');
  await crundleOk(['run', '-d', '--rm', '--network', 'none', '--name', 'once', image, 'sleep', '1000']);
  await fails(['update', 'web'], 'Error: you must provide one or more flags when using this command');
  await fails(
    ['update', '-m', '64m', 'web'],
    'Error: cannot update container web: Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
  );
  await fails(
    ['update', '--cpu-quota', '5000', 'web'],
    'Error: cannot update container web: Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set',
  );
  await fails(
    ['update', '--restart', 'always', 'once'],
    'Error: cannot update container once: Restart policy cannot be updated because AutoRemove is enabled for the container',
  );
  await fails(['update', '--cpu-shares', '5', 'absent'], 'Error: no such container: absent');
  const {stdout, status} = await crundle(['update', '--cpu-shares', '5', 'absent', 'web']);
  assert.is(stdout, 'web\n');
  assert.is(status, 1);
  assert.is(await inspect('web', 'CpuShares NanoCpus Memory'), '5 500000000 0');
});

test('there are no contexts, and the reason is said', async () => {
  for (const words of [[], ['ls'], ['use', 'other'], ['create', '--docker', 'host=ssh://x', 'y']]) {
    await fails(
      ['context', ...words],
      'Error: contexts are not supported: crundle has no daemon, so that there is none to choose',
    );
  }
});

test.run();
