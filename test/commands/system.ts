// `crundle system`: the boot and the shutdown of a machine, clean and not, as its service manager asks for them.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readlinkSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {containerTraces} from '../support/network-traces.ts';
import {conmonOf, pidOf, reboot, rebootNetworks} from '../support/reboot.ts';
import {factsOf, programsLeft, until, untilLongPause} from '../support/restarting-container.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost} from '../support/test-host.ts';

const test = suite('crundle system');
const {image} = await serveBusybox(test);

test.after.each(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', '-v', ...ids]);
  await assertHostClean();
});

// `end` is what it does when it is asked to end.
async function run(name: string, policy: string, end = 'exit 0', ...flags: string[]): Promise<string> {
  const script = `trap '${end}' TERM; while :; do sleep 0.1; done`;
  const line = ['run', '-d', '--name', name, '--restart', policy, ...flags];
  return await crundleOk([...line, image, 'sh', '-c', script]);
}
const noNetwork = ['--network', 'none'];

async function statuses(): Promise<Record<string, string>> {
  const lines = await crundleOk(['ps', '-a', '--format', '{{.Names}} {{.State}}']);
  return Object.fromEntries(lines.split('\n').map((line) => line.split(' ')));
}

async function systemStart(): Promise<string[]> {
  const {status, stdout, stderr} = await crundle(['system', 'start']);
  assert.is(stderr, '');
  assert.is(status, 0);
  return stdout.split('\n').filter(Boolean).sort();
}

test('after a power cut those come back that ran and whose policy says so', async () => {
  const ids = [
    await run('always', 'always', 'exit 0', ...noNetwork),
    await run('unless', 'unless-stopped', 'exit 0', ...noNetwork),
    await run('failure', 'on-failure', 'exit 0', ...noNetwork),
    await run('plain', 'no', 'exit 0', ...noNetwork),
    await crundleOk(['run', '-d', '--rm', '--name', 'passing', ...noNetwork, image, 'sleep', '600']),
  ];
  for (const name of ['always', 'unless', 'failure']) {
    await run(
      `${name}-stopped`,
      name === 'unless' ? 'unless-stopped' : name === 'failure' ? 'on-failure' : name,
      'exit 3',
      ...noNetwork,
    );
    await crundleOk(['stop', `${name}-stopped`]);
  }
  await crundleOk(['create', '--name', 'new', '--restart', 'always', ...noNetwork, image, 'true']);
  await crundleOk(['run', '-d', '--name', 'failing', '--restart', 'always', ...noNetwork, image, 'false']);
  await untilLongPause('failing');
  await reboot(testHost, ids);
  // Whoever comes first sweeps, and brings nobody back.
  assert.is(await crundleOk(['ps', '-q']), '');
  assert.equal(await systemStart(), ['always', 'always-stopped', 'failing', 'failure', 'unless']);
  const {failing, ...rest} = await statuses();
  assert.ok(failing === 'running' || failing === 'restarting', failing);
  assert.equal(rest, {
    always: 'running',
    'always-stopped': 'running',
    failure: 'running',
    'failure-stopped': 'exited',
    new: 'created',
    plain: 'exited',
    unless: 'running',
    'unless-stopped': 'exited',
  });
  const {pid} = await factsOf('always');
  assert.equal(await systemStart(), []);
  assert.is((await factsOf('always')).pid, pid);
});

test('after a shutdown those come back that the shutdown has stopped', async () => {
  await run('always', 'always', 'exit 0', ...noNetwork);
  await run('unless', 'unless-stopped', 'exit 0', ...noNetwork);
  await run('failure', 'on-failure', 'exit 5', ...noNetwork);
  await run('done', 'on-failure', 'exit 0', ...noNetwork);
  await run('plain', 'no', 'exit 0', ...noNetwork);
  await run('by-hand', 'unless-stopped', 'exit 0', ...noNetwork);
  await crundleOk(['stop', 'by-hand']);
  const names = ['always', 'done', 'failure', 'plain', 'unless'];
  assert.equal((await crundleOk(['system', 'stop'])).split('\n').sort(), names);
  assert.equal(await statuses(), Object.fromEntries([...names, 'by-hand'].map((name) => [name, 'exited'])));
  assert.is((await factsOf('failure')).exitCode, 5);
  assert.is(await crundleOk(['system', 'stop']), '');
  assert.equal(await systemStart(), ['always', 'failure', 'unless']);
});

test('a shutdown gives each its own time, all at once, and ends who waits for a restart', async () => {
  const config = ['--stop-timeout', '1', ...noNetwork];
  for (const name of ['web', 'db', 'app']) await run(name, 'always', ':', ...config);
  const id = await crundleOk([
    'run',
    '-d',
    '--name',
    'failing',
    '--restart',
    'always',
    ...noNetwork,
    image,
    'false',
  ]);
  await untilLongPause('failing');
  const names = (await crundleOk(['system', 'stop'])).split('\n').sort();
  assert.equal(names, ['app', 'db', 'failing', 'web']);
  assert.is((await factsOf('web')).exitCode, 137);
  assert.is((await factsOf('failing')).status, 'exited');
  assert.equal(await programsLeft(id), []);
  // It would have been due by now.
  await sleep(3000);
  assert.is(await crundleOk(['ps', '-q']), '');
});

test('who shares the network of another one is started after it', async () => {
  const main = await run('main', 'always', 'exit 0');
  const ids = [main];
  for (const name of ['side', 'other'])
    ids.push(await run(name, 'always', 'exit 0', '--network', 'container:main'));
  rebootNetworks();
  await reboot(testHost, ids);
  assert.equal(await systemStart(), ['main', 'other', 'side']);
  const namespaceOf = (id: string) => readlinkSync(`/proc/${pidOf(id)}/ns/net`);
  for (const id of ids) assert.is(namespaceOf(id), namespaceOf(main));
});

test('a failure is told, keeps nobody else down, and is tried again', async () => {
  const source = join(testHost.tmp, 'disk');
  mkdirSync(source);
  const ids = [
    await run('web', 'always', 'exit 0', ...noNetwork),
    await run('db', 'unless-stopped', 'exit 0', '-v', `${source}:/data`, ...noNetwork),
  ];
  await reboot(testHost, ids);
  rmSync(source, {recursive: true});
  symlinkSync('/does/not/exist', source);
  const {status, stdout, stderr} = await crundle(['system', 'start']);
  assert.is(status, 1);
  assert.is(stdout, 'web\n');
  assert.match(stderr, `Error: cannot start container db: bind source path does not exist: ${source}\n`);
  assert.is((await factsOf('web')).status, 'running');
  rmSync(source);
  mkdirSync(source);
  await until('db', (facts) => facts.status === 'running');
});

function networkLeft(): string[] {
  const links: {ifname: string; ifalias?: string}[] = JSON.parse(
    execFileSync('ip', ['-j', 'link'], {encoding: 'utf8'}),
  );
  const ours = links.filter(
    ({ifname, ifalias}) => ifname.startsWith('crundle') || ifalias?.startsWith('crundle'),
  );
  const tables = execFileSync('nft', ['list', 'tables'], {encoding: 'utf8'});
  return [
    ...ours.map(({ifname}) => ifname),
    ...tables.split('\n').filter((line) => line.includes('crundle')),
  ];
}

test('system stop --networks leaves nothing on the host, and system start brings it back', async () => {
  await crundleOk(['network', 'create', 'shop']);
  await crundleOk(['network', 'create', 'unused']);
  await run('web', 'always', 'exit 0', '--network', 'shop', '-p', '8080:80');
  await run('plain', 'no', 'exit 0');
  assert.ok(networkLeft().length > 3);
  await crundleOk(['system', 'stop', '--networks']);
  assert.equal(networkLeft(), []);
  assert.equal(containerTraces(), []);
  assert.not.ok(existsSync(join(testHost.runRoot, 'aardvark/networks/aardvark.pid')));
  assert.is(await crundleOk(['system', 'stop', '--networks']), '');
  assert.equal((await crundleOk(['network', 'ls', '--format', '{{.Name}}'])).split('\n').sort(), [
    'bridge',
    'host',
    'none',
    'shop',
    'unused',
  ]);
  assert.equal(networkLeft(), []);
  assert.equal(await systemStart(), ['web']);
  const bridges = networkLeft().filter((name) => name.startsWith('cr-'));
  assert.is(bridges.length, 2);
  assert.match(await crundleOk(['exec', 'web', 'nslookup', 'web']), /Address.*: .*\d+\.\d+\.\d+\.\d+/);
  await crundleOk(['rm', '-f', 'web', 'plain']);
  await crundleOk(['network', 'rm', 'shop', 'unused']);
});

test('system heal ends a container whose conmon was killed, and starts it again', async () => {
  const id = await run('web', 'always', 'exit 0', ...noNetwork);
  const plain = await run('plain', 'no', 'exit 0', ...noNetwork);
  const pids = [pidOf(id), pidOf(plain)];
  for (const one of [id, plain]) process.kill(conmonOf(one), 'SIGKILL');
  await sleep(100);
  assert.is(await crundleOk(['system', 'heal']), '');
  for (const pid of pids) assert.not.ok(existsSync(`/proc/${pid}`));
  await until('web', ({status, restarts}) => status === 'running' && restarts === 1);
  assert.is((await factsOf('plain')).status, 'exited');
});

test.run();
