// Where the output of containers goes, and flags of which one value alone is accepted.
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost, writeConfig} from '../support/test-host.ts';

const test = suite('output and refused values');
const {image} = await serveBusybox(test);
const both = ['sh', '-c', 'echo out; echo err >&2'];

test.after(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', ...ids]);
  await assertHostClean();
});

function run(...args: string[]): string[] {
  return ['run', '--rm', '--network', 'none', ...args];
}

test('-a shows the streams it names, and the input is -i’s', async () => {
  for (const [flags, stdout, stderr] of [
    [['-a', 'stdout'], 'out\n', ''],
    [['--attach=STDERR'], '', 'err\n'],
    [['-a', 'stdout', '-a', 'stderr'], 'out\n', 'err\n'],
    [['-a', 'stdin'], '', ''],
  ] as const) {
    assert.equal(await crundle(run(...flags, image, ...both)), {stdout, stderr, status: 0});
  }
  const cat = await crundle(run('-i', '-a', 'stdout', image, 'cat'), {input: 'typed'});
  assert.equal(cat, {stdout: 'typed', stderr: '', status: 0});
});

test('-a and -d do not go together', async () => {
  const {status, stderr} = await crundle(['run', '-d', '-a', 'stdout', image]);
  assert.is(status, 1);
  assert.is(stderr, 'Error: conflicting options: cannot specify both --attach and --detach\n');
  assert.is(await crundleOk(['ps', '-aq']), '');
});

test('inspect tells what is attached', async () => {
  const streams = async (...flags: string[]) => {
    const id = await crundleOk([...flags, '--network', 'none', image, 'true']);
    const [{Config}] = JSON.parse(await crundleOk(['inspect', id]));
    await crundleOk(['rm', '-f', id]);
    return [Config.AttachStdin, Config.AttachStdout, Config.AttachStderr];
  };
  assert.equal(await streams('create'), [false, true, true]);
  assert.equal(await streams('create', '-i'), [true, true, true]);
  assert.equal(await streams('create', '-a', 'stdout'), [false, true, false]);
  assert.equal(await streams('run', '-d'), [false, false, false]);
});

test('--log-driver none keeps nothing, and logs says so', async () => {
  const flags = ['--name', 'silent', '--network', 'none', '--log-driver', 'none'];
  assert.equal(await crundle(['run', ...flags, image, ...both]), {
    stdout: 'out\n',
    stderr: 'err\n',
    status: 0,
  });
  const [{HostConfig, LogPath}] = JSON.parse(await crundleOk(['inspect', 'silent']));
  assert.equal(HostConfig.LogConfig, {Type: 'none', Config: {}});
  assert.is(LogPath, '');
  const {status, stderr} = await crundle(['logs', 'silent']);
  assert.is(status, 1);
  assert.is(
    stderr,
    'Error: configured logging driver does not support reading\nHint: silent was made with --log-driver none: its output is not kept\n',
  );
  await crundleOk(['rm', 'silent']);
});

test('log-driver of the configuration is for containers that choose none', async () => {
  writeConfig({'log-driver': 'none'});
  try {
    assert.is(await crundleOk(['info', '-f', '{{.LoggingDriver}}']), 'none');
    const type = async (...flags: string[]) =>
      await crundleOk([
        'inspect',
        '-f',
        '{{.HostConfig.LogConfig.Type}}',
        await crundleOk(['create', ...flags, image]),
      ]);
    assert.is(await type(), 'none');
    assert.is(await type('--log-driver', 'json-file'), 'json-file');
  } finally {
    writeConfig({});
  }
});

test('--log-opt: a size of its own, and how many files are kept', async () => {
  const flags = ['--name', 'small', '--network', 'none', '--log-driver', 'json-file'];
  const limits = ['--log-opt', 'max-size=4k', '--log-opt', 'max-file=2'];
  const script = 'i=0; while [ $i -lt 400 ]; do echo line number $i; i=$((i + 1)); done';
  await crundleOk(['run', ...flags, ...limits, image, 'sh', '-c', script]);
  const [{HostConfig, LogPath}] = JSON.parse(await crundleOk(['inspect', 'small']));
  assert.equal(HostConfig.LogConfig, {Type: 'json-file', Config: {'max-file': '2', 'max-size': '4k'}});
  assert.ok(readFileSync(LogPath).length <= 6000);
  assert.not(existsSync(`${LogPath}.2`));
  assert.match(await crundleOk(['logs', 'small']), /line number 399$/);
  await crundleOk(['rm', 'small']);
});

test('--log-driver journald where there is no journal', async () => {
  if (existsSync('/run/systemd/journal/socket')) return;
  const {status, stderr} = await crundle(run('--log-driver', 'journald', image, 'true'));
  assert.is(status, 125);
  assert.is(
    stderr,
    'Error: cannot log to the journal: systemd-journald does not run here\nHint: --log-driver json-file keeps a file\n',
  );
});

test('--cidfile is in inspect, too', async () => {
  const path = join(testHost.tmp, 'cid');
  const id = await crundleOk(['create', '--cidfile', path, image]);
  const [{HostConfig}] = JSON.parse(await crundleOk(['inspect', id]));
  assert.is(HostConfig.ContainerIDFile, path);
  await crundleOk(['rm', id]);
});

test('--security-opt writable-cgroups lets a container make cgroups', async () => {
  const script =
    'mkdir /sys/fs/cgroup/memory/below 2>/dev/null && echo made && rmdir /sys/fs/cgroup/memory/below; true';
  assert.is(await crundleOk(run(image, 'sh', '-c', script)), '');
  const writable = ['--security-opt', 'writable-cgroups=true', '--cgroupns', 'private'];
  assert.is(await crundleOk(run(...writable, image, 'sh', '-c', script)), 'made');
});

test('what has no meaning here is refused with its reason', async () => {
  for (const [flags, message] of [
    [['--gpus', 'all'], 'cannot add GPUs (--gpus all): no driver for them is built in'],
    [['--runtime', 'runc'], 'unknown or invalid runtime name: runc'],
    [['--isolation', 'hyperv'], `invalid isolation: "hyperv" - linux only supports 'default'`],
    [
      ['--disable-content-trust=false'],
      'cannot verify signatures: content trust is not supported (--disable-content-trust=false)',
    ],
    [['--log-driver', 'syslog'], 'the log driver syslog is not supported'],
    [['--log-opt', 'compress=true'], '--log-opt compress=true is not supported'],
    [['--log-opt', 'max-file=0'], 'max-file cannot be less than 1'],
    [['--log-opt', 'max-size=x'], "invalid size: 'x'"],
    [['--cpu-count', '2'], 'flag --cpu-count is not supported yet'],
    [['--kernel-memory', '10m'], 'flag --kernel-memory is not supported yet'],
    [['--security-opt', 'label=type:x'], '--security-opt label=type:x: SELinux labels are not supported'],
  ] as const) {
    const {status, stderr} = await crundle(run(...flags, image, 'true'));
    assert.is(status, 125, flags.join(' '));
    assert.is(stderr.split('\n')[0], `Error: ${message}`);
    assert.match(stderr, /\n(Hint: .+\n)?$/);
  }
  for (const flags of [['--runtime', 'crun'], ['--isolation', 'default'], ['--disable-content-trust']]) {
    assert.is(await crundleOk(run(...flags, image, 'echo', 'ran')), 'ran');
  }
});

test.run();
