// bundle: what plain crun runs, with the files and the confinement that `run` gives.
import {spawnSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {chainIdsOf, parseDigest} from '../../src/images/digest.ts';
import type {RuntimeConfig} from '../../src/oci/runtime-spec.ts';
import {mountRootfs, unmountRootfs} from '../../src/storage/container-rootfs.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, spawnCrundle, testHost} from '../support/test-host.ts';
import {differences, listTree} from '../support/tree-listing.ts';

const test = suite('bundle');
const {image, registry} = await serveBusybox(test);
const awkward = `${registry}/awkward`;
const source = join(testHost.tmp, 'source');
let made = 0;

test.before(() => {
  mkdirSync(source, {recursive: true});
  writeFileSync(join(source, 'file'), 'of the host\n');
});
test.after(async () => {
  await assertHostClean();
});

const place = () => join(testHost.tmp, `bundle-${made++}`);

async function makeBundle(flags: string[], command: string[] = [], from = image): Promise<string> {
  const folder = place();
  assert.is(await crundleOk(['bundle', ...flags, '-o', folder, from, ...command]), folder);
  return folder;
}

/** With an empty environment: nothing tells crun of crundle. */
function crunRun(folder: string, input = '') {
  const id = randomBytes(8).toString('hex');
  const args = ['--root', join(testHost.tmp, 'crun'), 'run', '--bundle', folder, id];
  const {status, stdout, stderr} = spawnSync('crun', args, {
    encoding: 'utf8',
    input,
    env: {PATH: process.env.PATH},
  });
  return {status, stdout, stderr};
}

function configOf(folder: string): RuntimeConfig {
  return JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
}

const withoutIds = (text: string) => text.replace(/\b[0-9a-f]{12,64}\b/g, 'ID');

test('crun runs it, also when it was moved and the image is gone', async () => {
  const folder = await makeBundle(
    ['-e', 'A=b c', '-w', '/home', '--hostname', 'box'],
    ['sh', '-c', 'echo "$A"; pwd; hostname; cat /etc/hostname; exit 7'],
  );
  const moved = place();
  renameSync(folder, moved);
  await crundleOk(['rmi', image]);
  assert.equal(crunRun(moved), {status: 7, stdout: 'b c\n/home\nbox\nbox\n', stderr: ''});
  await crundleOk(['pull', '-q', image]);
  assert.equal(readdirSync(moved).sort(), ['config.json', 'rootfs']);
  const text = readFileSync(join(moved, 'config.json'), 'utf8');
  for (const path of [testHost.dataRoot, testHost.runRoot, 'hooks', 'crundle-default'])
    assert.not.ok(text.includes(path), path);
  assert.is(statSync(moved).mode & 0o7777, 0o700);
});

test('the command may come first or last, with -o behind it', async () => {
  const folder = place();
  assert.is(
    await crundleOk(['bundle', image, '-e', 'A=1', 'sh', '-c', 'echo "$A" -o', '-o', folder]),
    folder,
  );
  assert.is(crunRun(folder).stdout, '1 -o\n');
  assert.is(crunRun(await makeBundle(['-i'], ['cat'])).stdout, '');
  assert.is(crunRun(await makeBundle(['-i'], ['cat']), 'in\n').stdout, 'in\n');
});

test('its files are those that a container sees: whiteouts, links, devices, owners, attributes, holes', async () => {
  await crundleOk(['pull', '-q', awkward]);
  const folder = await makeBundle([], [], awkward);
  const id = await crundleOk(['create', awkward]);
  const [{RootFS}] = JSON.parse(await crundleOk(['image', 'inspect', awkward]));
  const containerFolder = join(testHost.dataRoot, 'containers', id);
  const chainIds = chainIdsOf(RootFS.Layers.map(parseDigest));
  const seen = mountRootfs({containerFolder, layersRoot: join(testHost.dataRoot, 'layers'), chainIds});
  try {
    const [actual, expected] = [listTree(join(folder, 'rootfs')), listTree(seen)];
    // What the engine puts there for every container.
    for (const name of ['/etc', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf', '']) {
      actual.delete(name);
      expected.delete(name);
    }
    assert.equal(differences(actual, expected), []);
    assert.ok(expected.size > 50);
    assert.ok([...expected.values()].some((facts) => facts.includes('security.capability=')));
    const blocks = (root: string) =>
      [...expected.keys()].map((name) => statSync(join(root, name), {throwIfNoEntry: false})?.blocks ?? 0);
    assert.ok(Math.max(...blocks(join(folder, 'rootfs'))) <= Math.max(...blocks(seen)) + 16);
  } finally {
    unmountRootfs(containerFolder);
    await crundleOk(['rm', id]);
  }
});

const confined: [string, string[]][] = [
  ['nothing asked for', []],
  ['capabilities', ['--cap-drop', 'ALL', '--cap-add', 'NET_RAW', '--security-opt', 'no-new-privileges']],
  ['a user', ['--user', '1000:1001', '--group-add', '7']],
  ['read-only', ['--read-only', '--tmpfs', '/tmp']],
  ['privileged', ['--privileged', '--security-opt', 'seccomp=unconfined']],
  ['limits', ['-m', '64m', '--pids-limit', '50', '--ulimit', 'nofile=100:200', '--shm-size', '1m']],
  ['mounts', ['-v', `${source}:/data:ro`, '--mount', `type=bind,src=${source}/file,dst=/one`]],
];

const look = `
id; grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status; ulimit -n
awk '{print $5, $6, $9}' /proc/self/mountinfo | grep -v '^/etc/' | sed 's/^\\/ .*overlay.*/& root/' | grep -v '^/ '
touch /x 2>&1; cat /etc/hosts; cat /data/file /one 2>&1; ls /dev`;

for (const [name, flags] of confined) {
  test(`the same as under run: ${name}`, async () => {
    const command = ['sh', '-c', look];
    const {status, stdout, stderr} = crunRun(await makeBundle(flags, command));
    assert.equal({status, stderr}, {status: 0, stderr: ''});
    const seen = await crundleOk(['run', '--rm', '--network', 'none', ...flags, image, ...command]);
    assert.equal(withoutIds(stdout).trimEnd().split('\n'), withoutIds(seen).split('\n'));
  });
}

test('what the runtime is told is what run tells it, but for what is of the host', async () => {
  const flags = ['-m', '64m', '--cpus', '0.5', '--sysctl', 'net.ipv4.ip_forward=1', '--tmpfs', '/t:size=1m'];
  const bundle = configOf(await makeBundle(flags));
  const id = await crundleOk(['run', '-d', '--network', 'none', ...flags, image, 'sleep', '100']);
  const run = configOf(join(testHost.dataRoot, 'containers', id));
  await crundleOk(['rm', '-f', id]);
  const {hostname, annotations, linux, mounts, process} = run;
  assert.equal(bundle.linux.seccomp, linux.seccomp);
  const {cgroupsPath, ...rest} = linux;
  assert.type(cgroupsPath, 'string');
  assert.equal(bundle.linux, rest);
  assert.equal(
    bundle.mounts,
    mounts.filter(({destination}) => !destination.startsWith('/etc/')),
  );
  const masked = (env: string[]) => env.map((entry) => entry.replace(String(hostname), 'HOST'));
  const ownEnv = bundle.process.env.map((entry) => entry.replace(String(bundle.hostname), 'HOST'));
  assert.equal({...bundle.process, args: [], env: ownEnv}, {...process, args: [], env: masked(process.env)});
  assert.is(annotations?.['dev.crundle.default-home'], 'true');
});

test('labels and the stop signal are annotations', async () => {
  const {annotations} = configOf(await makeBundle(['--label', 'a=b', '--stop-signal', 'INT']));
  assert.is(annotations?.a, 'b');
  assert.is(annotations?.['org.opencontainers.image.stopSignal'], 'SIGINT');
});

test('--network host is the network of the host, without it there is only lo', async () => {
  const names = ['sh', '-c', 'ls /sys/class/net; readlink /proc/self/ns/net'];
  assert.match(crunRun(await makeBundle([], names)).stdout, /^lo\n/);
  const {stdout} = crunRun(await makeBundle(['--network', 'host'], names));
  assert.is(
    stdout.split('\n').at(-2),
    spawnSync('readlink', ['/proc/self/ns/net'], {encoding: 'utf8'}).stdout.trim(),
  );
});

test('that there is no network is said, unless it was asked for', async () => {
  const said = async (...flags: string[]) =>
    (await crundle(['bundle', ...flags, '-o', place(), image])).stderr;
  assert.is(
    await said(),
    "WARNING: the bundle has no network but its own loopback; '--network none' says so without this line, '--network host' takes the host's\n",
  );
  assert.is(await said('--network', 'none'), '');
});

test('an anonymous volume is a part of the files', async () => {
  const folder = await makeBundle(['-v', '/etc'], ['sh', '-c', 'grep root: /etc/passwd; touch /etc/x']);
  assert.match(crunRun(folder).stdout, /^root:/);
  assert.ok(existsSync(join(folder, 'rootfs/etc/x')));
});

const refused: [string[], string, string][] = [
  [
    ['-p', '80:80'],
    'publish',
    'ports are published by crundle, while it runs the container; --network host needs none',
  ],
  [
    ['-P'],
    'publish-all',
    'ports are published by crundle, while it runs the container; --network host needs none',
  ],
  [
    ['--network', 'bridge'],
    'network',
    "'bridge' is made by crundle while the container runs: 'none', as without this flag, or 'host'",
  ],
  [
    ['--network', 'mine'],
    'network',
    "its network can be 'none', which is what it has without this flag, or 'host'",
  ],
  [
    ['--ip', '172.17.0.9'],
    'network',
    "its network can be 'none', which is what it has without this flag, or 'host'",
  ],
  [
    ['-v', 'data:/data'],
    'volume',
    'a named volume lies in the store of crundle: mount a folder, as in -v /srv/data:/data',
  ],
  [
    ['--mount', 'type=volume,dst=/data,volume-nocopy'],
    'mount',
    "its volumes are a part of its files, with what the image has there: 'volume-nocopy' cannot hold",
  ],
  [
    ['--volumes-from', 'other'],
    'volumes-from',
    'the mounts of another container are known to crundle alone: name the folders with -v',
  ],
  [['--pid', 'container:other'], 'pid', 'another container may not be there when it runs'],
  [['--ipc', 'container:other'], 'ipc', 'another container may not be there when it runs'],
  [
    ['--restart', 'always'],
    'restart',
    'nothing of crundle is there to start it again: let a service of systemd do that',
  ],
  [['--log-driver', 'none'], 'log-driver', 'its output is that of crun: send it where it is wanted'],
  [
    ['--init'],
    'init',
    "the init is a program of this host: put one into the image, and make it the container's --entrypoint",
  ],
  [['--cgroup-parent', '/x'], 'cgroup-parent', 'crun chooses the cgroup by the id that it is given'],
  [['--health-cmd', 'true'], 'health-cmd', 'health is checked by crundle, while it runs the container'],
  [['--stop-timeout', '3'], 'stop-timeout', 'who stops it decides how long to wait'],
  [['-a', 'stdout'], 'attach', 'its streams are those of crun'],
  [['--name', 'x'], 'name', "the container gets its id where it is run: 'crun run -b DIR ID'"],
  [['-d'], 'detach', "whoever runs it decides that: 'crun run --detach -b DIR ID'"],
  [
    ['--read-only', '-v', '/data'],
    'read-only',
    'its volume /data would be read-only too: mount something there, as in --tmpfs /data',
  ],
];

for (const [flags, flag, reason] of refused) {
  test(`refused: ${flags.join(' ')}`, async () => {
    const folder = place();
    assert.equal(await crundle(['bundle', ...flags, '-o', folder, image]), {
      status: 125,
      stdout: '',
      stderr: `Error: a bundle cannot have --${flag}\nHint: ${reason}\n`,
    });
    assert.not.ok(existsSync(folder));
  });
}

test('a folder that is not empty, a file, no folder, a parent that is not there', async () => {
  const used = place();
  mkdirSync(used);
  writeFileSync(join(used, 'mine'), '');
  const tell = async (args: string[]) => {
    const {status, stderr} = await crundle(['bundle', ...args]);
    return `${status} ${stderr.split('\n')[0]}`;
  };
  assert.is(
    await tell(['-o', used, image]),
    `125 Error: cannot write a bundle to ${used}: the folder is not empty`,
  );
  assert.equal(readdirSync(used), ['mine']);
  assert.is(
    await tell(['-o', join(used, 'mine'), image]),
    `125 Error: cannot write a bundle to ${join(used, 'mine')}: it is not a folder`,
  );
  assert.is(await tell([image, 'true']), '125 Error: a bundle needs a folder: -o DIR');
  assert.is(
    await tell(['-o', join(used, 'no/way'), image]),
    `125 Error: cannot make the folder ${join(used, 'no/way')}: ENOENT`,
  );
  const empty = place();
  mkdirSync(empty);
  await crundleOk(['bundle', '-o', empty, image, 'true']);
  assert.is(crunRun(empty).status, 0);
});

/** What is beside the bundles and in the store, to see that a failure leaves nothing. */
function traces(): string[] {
  const stored = readdirSync(testHost.dataRoot).filter((name) => !name.startsWith('crundle.db'));
  return [...readdirSync(testHost.tmp), ...stored].sort();
}

test('a failure leaves nothing: no such user, a bind source that is missing, a blob that was changed', async () => {
  const before = traces();
  const tell = async (flags: string[]) => (await crundle(['bundle', ...flags, '-o', place(), image])).stderr;
  assert.match(await tell(['-u', 'nobody-here']), /^Error: unable to find user nobody-here/);
  assert.is(
    (await tell(['-v', '/not/there:/x'])).split('\n')[0],
    'Error: bind source path does not exist: /not/there',
  );
  const [{RootFS}] = JSON.parse(await crundleOk(['image', 'inspect', image]));
  const blobs = join(testHost.dataRoot, 'images/blobs/sha256');
  const largest = readdirSync(blobs).reduce((a, b) =>
    statSync(join(blobs, a)).size > statSync(join(blobs, b)).size ? a : b,
  );
  const whole = readFileSync(join(blobs, largest));
  const changed = Buffer.from(whole);
  changed[changed.length - 20000] = (changed[changed.length - 20000] ?? 0) ^ 1;
  writeFileSync(join(blobs, largest), changed);
  assert.match(await tell([]), new RegExp(`^Error: .*${RootFS.Layers[0].slice(0, 19)}`));
  truncateSync(join(blobs, largest), 1000);
  assert.is(
    (await tell([])).split('\n')[0],
    `Error: the layer sha256:${largest} is missing from ${join(testHost.dataRoot, 'images')}`,
  );
  writeFileSync(join(blobs, largest), whole);
  assert.equal(traces(), before);
});

test('interrupted, it leaves nothing', async () => {
  const before = traces();
  const child = spawnCrundle(['bundle', '-o', place(), image]);
  const ended = new Promise((resolve) => child.once('close', resolve));
  while (traces().length <= before.length && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 2));
  child.kill('SIGINT');
  assert.is(await ended, 130);
  assert.equal(traces(), before);
});

test.run();
