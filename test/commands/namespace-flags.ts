// What containers share with the host and with each other, as a program in them finds it.
import {spawnSync} from 'node:child_process';
import {readlinkSync} from 'node:fs';
import {hostname} from 'node:os';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk} from '../support/test-host.ts';

const test = suite('namespaces');
const {image} = await serveBusybox(test);

test.after(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', ...ids]);
  await assertHostClean();
});

async function sh(flags: string[], script: string): Promise<string> {
  return await crundleOk(['run', '--rm', '--network', 'none', ...flags, image, 'sh', '-c', script]);
}

async function refused(flags: string[], message: RegExp): Promise<void> {
  const {status, stderr} = await crundle(['run', '--rm', '--network', 'none', ...flags, image, 'true']);
  assert.is(status, 125, stderr);
  assert.match(stderr, message);
}

function background(name: string, ...flags: string[]): Promise<string> {
  return crundleOk(['run', '-d', '--name', name, '--network', 'none', ...flags, image, 'sleep', '100']);
}

function hostNamespace(name: string): string {
  return readlinkSync(`/proc/self/ns/${name}`);
}

const own = (name: string) => `readlink /proc/self/ns/${name}`;

test('--pid host shows the processes of the host, --pid container:NAME another’s', async () => {
  assert.is(await sh(['--pid', 'host'], own('pid')), hostNamespace('pid'));
  const donor = await background('donor');
  const [{State}] = JSON.parse(await crundleOk(['inspect', donor]));
  const seen = await sh(['--pid', 'container:donor'], `${own('pid')}; ps | grep -c '[s]leep 100'`);
  assert.is(seen, `${readlinkSync(`/proc/${State.Pid}/ns/pid`)}\n1`);
  const user = await crundleOk(['create', '--pid', 'container:donor', image]);
  const [{HostConfig}] = JSON.parse(await crundleOk(['inspect', user]));
  assert.is(HostConfig.PidMode, `container:${donor}`);
  await crundleOk(['rm', '-f', 'donor']);
  const late = await crundle(['start', '-a', user]);
  assert.is(late.status, 1);
  assert.is(
    late.stderr,
    `Error: container ${donor} is not running\nHint: it was removed: make this container anew\n`,
  );
});

test('what a container has started among the processes of the host ends with it', async () => {
  const guests = () => spawnSync('pgrep', ['-fc', 'sleep 471[12]$'], {encoding: 'utf8'}).stdout.trim();
  const line = ['run', '-d', '--name', 'guest', '--network', 'none', '--pid', 'host', image];
  for (const end of [
    ['rm', '-f', 'guest'],
    ['stop', '-t', '0', 'guest'],
    ['kill', 'guest'],
  ]) {
    await crundleOk([...line, 'sh', '-c', 'sleep 4711 & exec sleep 4712']);
    while (guests() !== '2') await sleep(20);
    await crundleOk(end);
    if (end[0] === 'kill') await crundleOk(['wait', 'guest']);
    assert.is(guests(), '0', end.join(' '));
    await crundle(['rm', '-f', 'guest']);
  }
});

test('--ipc: private, none, host', async () => {
  assert.is.not(await sh(['--ipc', 'private'], own('ipc')), hostNamespace('ipc'));
  assert.is(await sh(['--ipc', 'none'], 'ls -d /dev/shm /dev/mqueue 2>/dev/null || true'), '/dev/mqueue');
  const host = await sh(['--ipc', 'host'], `${own('ipc')}; grep -c ' /dev/shm ' /proc/mounts`);
  assert.is(host, `${hostNamespace('ipc')}\n1`);
});

test('--ipc shareable and container:NAME: one namespace, one /dev/shm', async () => {
  const donor = await background('memory', '--ipc', 'shareable', '--shm-size', '10m');
  await crundleOk(['exec', 'memory', 'sh', '-c', 'echo shared >/dev/shm/file']);
  const [{State, HostConfig}] = JSON.parse(await crundleOk(['inspect', donor]));
  assert.is(HostConfig.IpcMode, 'shareable');
  const seen = await sh(
    ['--ipc', 'container:memory'],
    `${own('ipc')}; cat /dev/shm/file; df -k /dev/shm | tail -n 1`,
  );
  const [namespace, text, size] = seen.split('\n');
  assert.is(namespace, readlinkSync(`/proc/${State.Pid}/ns/ipc`));
  assert.is(text, 'shared');
  assert.match(size ?? '', /^shm +10240 /);
  await crundleOk(['restart', '-t', '0', 'memory']);
  assert.is(await sh(['--ipc', 'container:memory'], 'ls /dev/shm'), '');
  await crundleOk(['rm', '-f', 'memory']);
});

test('--ipc of a container that does not share it, or does not run, is refused', async () => {
  const id = await background('private');
  await refused(
    ['--ipc', 'container:private'],
    new RegExp(`^Error: can't join IPC of container ${id}: non-shareable IPC .hint: use IpcMode:shareable `),
  );
  await crundleOk(['stop', '-t', '0', 'private']);
  await refused(
    ['--ipc', 'container:private'],
    new RegExp(`^Error: can't join IPC of container ${id}: container ${id} is not running\n`),
  );
  await refused(['--ipc', 'foo'], /^Error: invalid IPC mode: foo\nHint: the modes are /);
  await crundleOk(['rm', 'private']);
});

test('--uts host has the host’s name', async () => {
  assert.is(
    await sh(['--uts', 'host'], `hostname; ${own('uts')}; cat /etc/hostname`),
    `${hostname()}\n${hostNamespace('uts')}\n${hostname()}`,
  );
  await refused(
    ['--uts', 'host', '--domainname', 'x'],
    /^Error: conflicting options: hostname and the UTS mode\n/,
  );
});

test('--sysctl sets what is the container’s own, and nothing of the host', async () => {
  const flags = [
    '--sysctl',
    'net.ipv4.ip_default_ttl=65',
    '--sysctl',
    'kernel.msgmax=9000',
    '--sysctl',
    'fs.mqueue.msg_max=11',
  ];
  const files = 'net/ipv4/ip_default_ttl kernel/msgmax fs/mqueue/msg_max';
  assert.is(await sh(flags, `cd /proc/sys; cat ${files}`), '65\n9000\n11');
  assert.is(
    await sh(['--sysctl', 'net.ipv4.ping_group_range=5 6'], 'cat /proc/sys/net/ipv4/ping_group_range'),
    '5\t6',
  );
  await refused(
    ['--ipc', 'host', '--sysctl', 'kernel.msgmax=9000'],
    /^Error: sysctl "kernel.msgmax" is not allowed in the hosts ipc namespace\n/,
  );
  const host = await crundle([
    'run',
    '--rm',
    '--network',
    'host',
    '--sysctl',
    'net.ipv4.ip_forward=1',
    image,
  ]);
  assert.is(host.status, 125);
  assert.match(host.stderr, /^Error: sysctl "net.ipv4.ip_forward" not allowed in host network namespace\n/);
});

test('--group-add by number and by the image’s name, also for exec', async () => {
  assert.match(
    await sh(['-u', '4711', '--group-add', '1234', '--group-add', 'video'], 'id -G'),
    /^0 44 1234$/,
  );
  await background('groups', '--group-add', '1234');
  assert.is(await crundleOk(['exec', '-u', '4711:5', 'groups', 'id', '-G']), '5 1234');
  await crundleOk(['rm', '-f', 'groups']);
  await refused(
    ['--group-add', 'absent'],
    /^Error: unable to find group absent: no matching entries in group file\n/,
  );
});

test('inspect shows what is shared in Docker’s fields', async () => {
  const id = await crundleOk([
    'create',
    ...['--network', 'none', '--ipc', 'host', '--pid', 'host', '--uts', 'host', '--userns', 'host'],
    ...['--group-add', 'video', '--sysctl', 'net.ipv4.ip_default_ttl=65', '--add-host', 'a=1.2.3.4'],
    ...['--dns', '192.0.2.53', '--security-opt', 'writable-cgroups=true'],
    image,
  ]);
  const [{HostConfig}] = JSON.parse(await crundleOk(['inspect', id]));
  const {IpcMode, PidMode, UTSMode, UsernsMode, GroupAdd, Sysctls, ExtraHosts, Dns, SecurityOpt} = HostConfig;
  assert.equal(
    {IpcMode, PidMode, UTSMode, UsernsMode, GroupAdd, Sysctls, ExtraHosts, Dns, SecurityOpt},
    {
      IpcMode: 'host',
      PidMode: 'host',
      UTSMode: 'host',
      UsernsMode: 'host',
      GroupAdd: ['video'],
      Sysctls: {'net.ipv4.ip_default_ttl': '65'},
      ExtraHosts: ['a:1.2.3.4'],
      Dns: ['192.0.2.53'],
      SecurityOpt: ['writable-cgroups=true'],
    },
  );
  await crundleOk(['rm', id]);
});

test.run();
