// Pairs of containers that a program in them must not be able to tell apart: test/bundles/docker-parity.ts runs them.
import type {ContainerOptions} from '../../bundles/container-options.ts';
import {blockDevice} from './block-device.ts';

export interface ParityScenario {
  docker: string[];
  ours: Partial<ContainerOptions>;
}

/** By title: what Docker is asked for, and the same of ours. */
export const parityScenarios: Record<string, ParityScenario> = {
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
