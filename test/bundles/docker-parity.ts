// Compares containers of Docker's with containers made from our config.json, by what a program in them can find out.
// dockerd runs on this test host alone; our bundles run under plain `crun run`. Every difference that is meant is
// named here with its reason, and in docs/decisions/0030-differences-from-docker.md.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {type BundleDefaults, dockerDefaults} from '../../bundles/bundle-input.ts';
import type {ContainerOptions} from '../../bundles/container-options.ts';
import {resolveUser} from '../../bundles/container-user.ts';
import {hostnameFile, hostsFile, resolvConfFile} from '../../bundles/etc-files.ts';
import {containerHostname} from '../../bundles/namespaces.ts';
import {parseSeccompProfile} from '../../bundles/seccomp.ts';
import {limitedDevices, resolveDevices} from '../../src/containers/host-device.ts';
import {formatRuntimeJson} from '../../src/oci/runtime-config-json.ts';
import {distributionSeccompProfile, readHostFacts} from '../../src/system/host-facts.ts';
import {blockDevice} from '../support/block-device.ts';
import {buildChecked, bundleInput} from '../support/bundle-input.ts';
import {busyboxLayer} from '../support/busybox-layer.ts';
import {type ContainerFacts, factsScript, parseFacts} from '../support/container-facts.ts';
import {DockerDaemon, dockerMissing} from '../support/docker-daemon.ts';
import {saySkipped, testHost} from '../support/test-host.ts';

interface Scenario {
  docker: string[];
  ours: Partial<ContainerOptions>;
}

const scenarios: Record<string, Scenario> = {
  'a plain container': {docker: [], ours: {}},
  'a user by name, in another folder': {
    docker: ['--user', 'alice', '-w', '/tmp'],
    ours: {user: 'alice', workingDir: '/tmp'},
  },
  'a user by number alone': {docker: ['--user', '4711:12'], ours: {user: '4711:12'}},
  'variables and a hostname': {
    docker: ['-e', 'B=2', '-e', 'A=1', '-e', 'A=3', '--hostname', 'web.example.org'],
    ours: {env: ['B=2', 'A=1', 'A=3'], hostname: 'web.example.org'},
  },
  'limits of memory, CPU and processes': {
    docker: [
      '-m',
      '64m',
      '--cpus',
      '0.5',
      '--pids-limit',
      '50',
      '--ulimit',
      'nofile=100:200',
      '--ulimit',
      'core=-1',
    ],
    ours: {
      resources: {memoryBytes: 64 * 1024 ** 2, nanoCpus: 500_000_000, pidsLimit: 50},
      ulimits: [
        {name: 'nofile', soft: 100, hard: 200},
        {name: 'core', soft: -1, hard: -1},
      ],
    },
  },
  'every other limit': {
    docker: [
      ...['-m', '64m', '--memory-swap', '96m', '--memory-reservation', '32m', '--memory-swappiness', '10'],
      ...[
        '-c',
        '512',
        '--cpu-period',
        '50000',
        '--cpu-quota',
        '25000',
        '--cpuset-cpus',
        '0',
        '--cpuset-mems',
        '0',
      ],
      ...['--oom-kill-disable', '--oom-score-adj', '300', '--shm-size', '12m'],
      ...(blockDevice ? ['--device-write-iops', `${blockDevice.path}:100`] : []),
    ],
    ours: {
      resources: {
        memoryBytes: 64 * 1024 ** 2,
        memorySwapBytes: 96 * 1024 ** 2,
        memoryReservationBytes: 32 * 1024 ** 2,
        memorySwappiness: 10,
        cpuShares: 512,
        cpuPeriodUs: 50_000,
        cpuQuotaUs: 25_000,
        cpusetCpus: '0',
        cpusetMems: '0',
        oomKillDisable: true,
        ...(blockDevice && {writeIops: [{path: blockDevice.path, value: 100}]}),
      },
      oomScoreAdj: 300,
      shmSizeBytes: 12 * 1024 ** 2,
    },
  },
  'devices and a tmpfs by --mount': {
    docker: [
      ...['--device', '/dev/full:/dev/other:r', '--device-cgroup-rule', 'c 42:* rw'],
      ...['--mount', 'type=tmpfs,dst=/cache,tmpfs-size=1m,tmpfs-mode=700,ro'],
    ],
    ours: {
      devices: [{source: '/dev/full', target: '/dev/other', access: 'r'}],
      deviceRules: [{type: 'c', major: 42, access: 'rw'}],
      mounts: [
        {type: 'tmpfs', target: '/cache', options: ['ro', 'size=1048576', 'mode=700'], origin: 'mount'},
      ],
    },
  },
  'the processes, the IPC and the name of the host': {
    docker: ['--pid', 'host', '--ipc', 'host', '--uts', 'host'],
    ours: {pid: {kind: 'host'}, ipc: {kind: 'host'}, uts: 'host'},
  },
  'no shared memory': {docker: ['--ipc', 'none'], ours: {ipc: {kind: 'none'}}},
  'further groups, a domain, kernel parameters and names of hosts': {
    docker: [
      ...['-u', 'alice', '--group-add', '4711', '--domainname', 'example.org'],
      ...['--sysctl', 'net.ipv4.ip_default_ttl=65', '--add-host', 'db:10.9.8.7'],
    ],
    ours: {
      user: 'alice',
      groupAdd: ['4711'],
      domainname: 'example.org',
      sysctls: {'net.ipv4.ip_default_ttl': '65'},
      extraHosts: [{name: 'db', address: '10.9.8.7'}],
    },
  },
  'a cgroup namespace of its own': {docker: ['--cgroupns', 'private'], ours: {cgroupNamespace: 'private'}},
  'other capabilities': {
    docker: ['--cap-add', 'SYS_ADMIN', '--cap-add', 'sys_nice', '--cap-drop', 'MKNOD'],
    ours: {capAdd: ['SYS_ADMIN', 'SYS_NICE'], capDrop: ['MKNOD']},
  },
  'no capabilities, no new privileges and no filter': {
    docker: [
      '--cap-drop',
      'ALL',
      '--security-opt',
      'no-new-privileges',
      '--security-opt',
      'seccomp=unconfined',
    ],
    ours: {
      capDrop: ['ALL'],
      security: {seccomp: {kind: 'unconfined'}, unconfinedSystemPaths: false, noNewPrivileges: true},
    },
  },
  'nothing masked': {
    docker: ['--security-opt', 'systempaths=unconfined'],
    ours: {security: {seccomp: {kind: 'default'}, unconfinedSystemPaths: true}},
  },
  'a read-only root with tmpfs mounts': {
    docker: ['--read-only', '--tmpfs', '/run', '--tmpfs', '/tmp:size=1m,exec,mode=700'],
    ours: {
      readOnlyRootfs: true,
      mounts: [
        {type: 'tmpfs', target: '/run', options: []},
        {type: 'tmpfs', target: '/tmp', options: ['size=1m', 'exec', 'mode=700']},
      ],
    },
  },
  'the network of the host': {docker: ['--network', 'host'], ours: {network: {kind: 'host'}}},
};

/** Differences that are meant: lines of a fact that only one side has. */
const meant: {fact: string; line: RegExp; reason: string}[] = [
  {
    fact: 'devices',
    line: /^lrwxrwxrwx root root core -> \/proc\/kcore$/,
    reason: 'crun makes the link; what it leads to is masked',
  },
  {
    fact: 'devices',
    line: /^crw-rw-rw- \S+ \S+ 1,3 null$/,
    reason: 'crun gives standard input to the user, also where that is the container’s own /dev/null',
  },
  {
    fact: 'mounts',
    line: /^\/proc\/(bus|fs|irq|sys) proc /,
    reason:
      'crun 1.8 does not repeat nosuid, nodev and noexec on the read-only parts of /proc, which hold no files',
  },
  {
    fact: 'mounts',
    line: /^\/(proc\/(acpi|asound|scsi)|sys\/firmware|sys\/devices\/virtual\/powercap) tmpfs relatime,ro /,
    reason: 'crun covers folders with an empty tmpfs of size 0, read-only by the mount',
  },
  {
    fact: 'mounts',
    line: /^\/proc\/(interrupts|kcore|keys|latency_stats|sched_debug|timer_list|timer_stats) (tmpfs|devtmpfs) /,
    reason: 'crun covers files with the host’s /dev/null, read-only; runc with the container’s',
  },
  {
    fact: 'hidden',
    line: /^\/proc\/interrupts /,
    reason: 'masked since Docker 28.1',
  },
  {
    fact: 'mounts',
    line: /^\/sys\/fs\/cgroup tmpfs nodev,noexec,nosuid,relatime,rw /,
    reason: 'cgroup v1: crun makes the folder of the hierarchies 1 MB large, and open to all users',
  },
  {
    fact: 'writable',
    line: /^\/sys\/fs\/cgroup$/,
    reason: 'cgroup v1: see the mount; the hierarchies in it are read-only',
  },
  {
    fact: 'hosts',
    line: /^f[ef]00::0? /,
    reason: 'written without the last 0 since Docker 27',
  },
];

if (dockerMissing !== undefined) {
  saySkipped(`no comparison with Docker: ${dockerMissing}`);
  test.skip('containers are like Docker’s', () => undefined);
} else {
  const layer = busyboxLayer();
  const rootfs = join(testHost.tmp, 'bundle/rootfs');
  let daemon: DockerDaemon;

  test.before(async () => {
    mkdirSync(rootfs, {recursive: true});
    execFileSync('tar', ['-xf', layer, '-C', rootfs]);
    daemon = await DockerDaemon.start();
    daemon.client('import', layer, 'busybox');
  });
  test.after(async () => {
    await daemon[Symbol.asyncDispose]();
  });

  for (const [title, {docker, ours}] of Object.entries(scenarios)) {
    test(`${title} is like Docker’s`, () => {
      const theirs = dockerFacts(daemon, docker);
      const differences = compare(theirs, ourFacts(rootfs, ours));
      assert.equal(differences, []);
    });
  }
}

function dockerFacts(daemon: DockerDaemon, flags: string[]): ContainerFacts {
  const network = flags.includes('--network') ? [] : ['--network', 'none'];
  const name = ['--name', 'parity'];
  const output = daemon.client(
    'run',
    '--rm',
    ...name,
    ...network,
    ...flags,
    'busybox',
    'sh',
    '-c',
    factsScript,
  );
  return parseFacts(output);
}

let runs = 0;

function ourFacts(rootfs: string, options: Partial<ContainerOptions>): ContainerFacts {
  runs += 1;
  const folder = join(rootfs, '..');
  const host = readHostFacts();
  const id = `${runs}`.padStart(12, 'c').padEnd(64, '0');
  const passwd = readFileSync(join(rootfs, 'etc/passwd'), 'utf8');
  const group = readFileSync(join(rootfs, 'etc/group'), 'utf8');
  const files = {
    hosts: join(folder, 'hosts'),
    hostname: join(folder, 'hostname'),
    resolvConf: join(folder, 'resolv.conf'),
  };
  const input = bundleInput(
    {command: ['sh', '-c', factsScript], ...options},
    {
      id,
      host,
      files,
      rootfsPath: rootfs,
      defaults: defaultsHere(),
      user: resolveUser(options.user ?? '', {passwd, group, groupAdd: options.groupAdd ?? []}),
      cgroupsPath: `${testHost.cgroupParent}/${id}`,
      devices: resolveDevices(options.devices ?? []),
      blockDevices: limitedDevices(options.resources ?? {}),
    },
  );
  const hostname = containerHostname(input);
  const isHost = input.options.network.kind === 'host';
  const extra = (options.extraHosts ?? []).map(({name, address}) => ({address, names: [name]}));
  writeFileSync(files.hosts, isHost ? readFileSync('/etc/hosts') : hostsFile({hostname, extra}));
  writeFileSync(files.hostname, hostnameFile(hostname));
  writeFileSync(files.resolvConf, resolvConfFile(readFileSync('/etc/resolv.conf', 'utf8')));
  writeFileSync(join(folder, 'config.json'), formatRuntimeJson(buildChecked(input)));
  const crun = ['--root', join(testHost.runRoot, 'crun'), 'run', '--bundle', folder, id];
  return parseFacts(execFileSync('crun', crun, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit']}));
}

function defaultsHere(): BundleDefaults {
  if (!existsSync(distributionSeccompProfile)) return dockerDefaults;
  const seccompProfile = parseSeccompProfile(readFileSync(distributionSeccompProfile, 'utf8'));
  return {...dockerDefaults, seccompProfile};
}

function compare(theirs: ContainerFacts, ours: ContainerFacts): string[] {
  const facts = new Set([...Object.keys(theirs), ...Object.keys(ours)]);
  return [...facts].flatMap((fact) => {
    const isMeant = (line: string) => meant.some((each) => each.fact === fact && each.line.test(line));
    const [a, b] = [theirs[fact] ?? [], ours[fact] ?? []];
    return [
      ...a
        .filter((line) => !b.includes(line) && !isMeant(line))
        .map((line) => `${fact}: docker only: ${line}`),
      ...b.filter((line) => !a.includes(line) && !isMeant(line)).map((line) => `${fact}: ours only: ${line}`),
    ];
  });
}

test.run();
