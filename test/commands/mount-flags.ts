// Devices, mounts and volumes of run and create, as the container finds them.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost} from '../support/test-host.ts';

const test = suite('mounts and devices');
const {image} = await serveBusybox(test);
const volumes = join(testHost.dataRoot, 'volumes');
const source = join(testHost.tmp, 'source');

test.before(() => {
  mkdirSync(join(source, 'below'), {recursive: true});
  writeFileSync(join(source, 'file'), 'of the host');
});
test.after(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', ...ids]);
  await assertHostClean();
});

async function sh(flags: string[], script: string): Promise<string> {
  return await crundleOk(['run', '--rm', '--network', 'none', ...flags, image, 'sh', '-c', script]);
}

/** What mountinfo says of one mount: its options, its type, and what the filesystem is told. */
function mountAt(target: string): string {
  return `awk '$5 == "${target}" {print $6; for (i = 7; i <= NF; i++) if ($i == "-") print $(i + 1), $(i + 3)}' /proc/self/mountinfo`;
}

test('--mount type=bind: read-only, alone or with what is below', async () => {
  const bind = `type=bind,src=${source},dst=/data`;
  assert.is(
    await sh(['--mount', bind], 'cat /data/file; touch /data/made && echo written'),
    'of the hostwritten',
  );
  assert.ok(existsSync(join(source, 'made')));
  assert.is(
    await sh(['--mount', `${bind},readonly`], 'touch /data/x 2>&1; true'),
    'touch: /data/x: Read-only file system',
  );
});

test('what is mounted below a bind source: comes along read-only, writable, or not', async () => {
  const below = join(source, 'below');
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', below]);
  try {
    const bind = `type=bind,src=${source},dst=/data`;
    const script = 'touch /data/below/x 2>/dev/null && echo written; true';
    for (const flags of [
      ['--mount', `${bind},ro`],
      ['-v', `${source}:/data:ro`],
      ['--mount', `${bind},ro,bind-recursive=readonly,bind-propagation=rprivate`],
    ]) {
      assert.is(await sh(flags, script), '', flags.join(' '));
    }
    assert.is(await sh(['--mount', `${bind},ro,bind-recursive=writable`], script), 'written');
    // As crun can: without it, or not at all.
    const flat = ['--rm', '--network', 'none', '--mount', `${bind},bind-recursive=disabled`, image];
    const {status, stdout, stderr} = await crundle([
      'run',
      ...flat,
      'grep',
      '-c',
      ' /data',
      '/proc/self/mountinfo',
    ]);
    if (status === 0) assert.is(stdout, '1\n');
    else
      assert.match(
        stderr,
        /^Error: cannot mount \S+ without what is mounted below it: this version of crun /,
      );
  } finally {
    execFileSync('umount', [below]);
  }
});

test('a file is mounted read-only too, and without what is below it', async () => {
  const file = join(source, 'file');
  for (const flags of [
    ['-v', `${file}:/one:ro`],
    ['--mount', `type=bind,src=${file},dst=/one,ro,bind-recursive=disabled`],
  ]) {
    assert.is(await sh(flags, 'cat /one; echo x 2>/dev/null >/one || true'), 'of the host');
  }
});

test('--mount type=bind wants its source to be there, -v makes it', async () => {
  const absent = join(testHost.tmp, 'absent');
  const {status, stderr} = await crundle(['create', '--mount', `type=bind,src=${absent},dst=/a`, image]);
  assert.is(status, 1);
  assert.is(
    stderr,
    `Error: invalid mount config for type "bind": bind source path does not exist: ${absent}\nHint: make it first, or use -v ${absent}:…, which makes a folder\n`,
  );
  assert.not(existsSync(absent));
  assert.is(await crundleOk(['ps', '-aq']), '');
  await sh(['-v', `${absent}:/a`], 'true');
  assert.ok(existsSync(absent));
});

test('--mount type=tmpfs, with size and mode', async () => {
  const mounted = await sh(
    ['--mount', 'type=tmpfs,dst=/cache,tmpfs-size=64k,tmpfs-mode=1770,ro'],
    mountAt('/cache'),
  );
  assert.is(mounted, 'ro,nosuid,nodev,noexec,relatime\ntmpfs rw,size=64k,mode=1770');
});

test('--mount type=volume: with a label, a part of it, and what the image has there or not', async () => {
  await sh(
    ['--mount', 'type=volume,src=whole,dst=/data,volume-label=a=b'],
    'mkdir -p /data/part; echo deep >/data/part/file',
  );
  const {labels} = JSON.parse(readFileSync(join(volumes, 'whole/volume.json'), 'utf8'));
  assert.equal(labels, {a: 'b'});
  assert.is(
    await sh(['--mount', 'type=volume,src=whole,dst=/data,volume-subpath=part'], 'cat /data/file'),
    'deep',
  );
  assert.is(
    await sh(['--mount', 'type=volume,src=whole,dst=/one,volume-subpath=part/file,ro'], 'cat /one'),
    'deep',
  );
  assert.is(await sh(['--mount', 'type=volume,src=copied,dst=/etc'], 'ls /etc | grep passwd'), 'passwd');
  assert.is(
    await sh(['--mount', 'type=volume,src=bare,dst=/etc,volume-nocopy'], 'ls /etc | grep -c passwd || true'),
    '0',
  );
});

test('volume-subpath does not leave the volume by a link', async () => {
  symlinkSync('/etc', join(volumes, 'whole/_data/out'));
  const {status, stderr} = await crundle([
    'run',
    '--rm',
    '--network',
    'none',
    '--mount',
    'type=volume,src=whole,dst=/data,volume-subpath=out',
    image,
    'ls',
    '/data',
  ]);
  assert.is(status, 125);
  assert.match(
    stderr,
    /^Error: cannot mount out of the volume whole: there is no such file or folder in it\n/,
  );
});

test('inspect shows mounts and devices in Docker’s fields', async () => {
  const id = await crundleOk([
    'create',
    ...['--mount', `type=bind,src=${source},dst=/b,ro,bind-propagation=rslave`],
    ...['--mount', 'type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=700'],
    ...['--mount', 'type=volume,src=whole,dst=/v,volume-nocopy,volume-label=a=b'],
    ...['--device', '/dev/full', '--device-cgroup-rule', 'c 1:* r'],
    ...['-v', `${source}:/q:ro`, '--tmpfs', '/tt:size=1m'],
    image,
  ]);
  const [{HostConfig}] = JSON.parse(await crundleOk(['inspect', id]));
  const {Binds, Tmpfs, Devices, DeviceCgroupRules, Mounts} = HostConfig;
  assert.equal(
    {Binds, Tmpfs, Devices, DeviceCgroupRules, Mounts},
    {
      Binds: [`${source}:/q:ro`],
      Tmpfs: {'/tt': 'size=1m'},
      Devices: [{PathOnHost: '/dev/full', PathInContainer: '/dev/full', CgroupPermissions: 'rwm'}],
      DeviceCgroupRules: ['c 1:* r'],
      Mounts: [
        {Type: 'bind', Source: source, Target: '/b', ReadOnly: true, BindOptions: {Propagation: 'rslave'}},
        {Type: 'tmpfs', Target: '/t', TmpfsOptions: {SizeBytes: 1_048_576, Mode: 448}},
        {Type: 'volume', Source: 'whole', Target: '/v', VolumeOptions: {NoCopy: true, Labels: {a: 'b'}}},
      ],
    },
  );
  await crundleOk(['rm', id]);
});

test('what is not built is refused with a reason', async () => {
  for (const [flags, message] of [
    [
      ['--storage-opt', 'size=1g'],
      '--storage-opt size needs project quotas, which the file system of FOLDER does not keep',
    ],
    [['--mount', 'type=image,src=x,dst=/a'], 'cannot mount an image into a container: that is not built'],
    [
      ['--mount', 'type=volume,src=xy,dst=/a,volume-opt=type=nfs'],
      'volume-opt=type is not supported: volumes are plain folders',
    ],
    [['--volume-driver', 'nfs', '-v', 'xy:/a'], 'error looking up volume plugin nfs: plugin "nfs" not found'],
  ] as const) {
    const {status, stderr} = await crundle(['run', '--rm', ...flags, image]);
    assert.is(status, 125);
    assert.is(stderr.split('\n')[0]?.replace(/ of \/\S+/, ' of FOLDER'), `Error: ${message}`);
  }
});

test.run();
