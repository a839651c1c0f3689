// The flags of run and its kin in the order of a person's questions: a hundred of them by their letters answer none. Pure.

/** Titles, each with the flags below it in the order in which they are needed. */
export const flagGroups: readonly (readonly [title: string, names: readonly string[]])[] = [
  [
    'How it runs',
    [
      'detach',
      'interactive',
      'tty',
      'attach',
      'detach-keys',
      'sig-proxy',
      'entrypoint',
      'workdir',
      'env',
      'env-file',
      'init',
      'log-driver',
      'log-opt',
    ],
  ],
  ['When it ends', ['rm', 'restart', 'stop-signal', 'stop-timeout']],
  ['Its name and labels', ['name', 'hostname', 'domainname', 'label', 'label-file', 'annotation', 'cidfile']],
  [
    'Which files it has',
    ['volume', 'mount', 'tmpfs', 'volumes-from', 'volume-driver', 'read-only', 'shm-size', 'storage-opt'],
  ],
  [
    'How it is reached, and what it reaches',
    [
      'publish',
      'publish-all',
      'expose',
      'network',
      'network-alias',
      'ip',
      'ip6',
      'link-local-ip',
      'mac-address',
      'add-host',
      'dns',
      'dns-search',
      'dns-option',
    ],
  ],
  [
    'How much it may use',
    [
      'memory',
      'memory-swap',
      'memory-reservation',
      'memory-swappiness',
      'oom-kill-disable',
      'oom-score-adj',
      'cpus',
      'cpu-shares',
      'cpu-quota',
      'cpu-period',
      'cpu-rt-runtime',
      'cpu-rt-period',
      'cpuset-cpus',
      'cpuset-mems',
      'pids-limit',
      'ulimit',
      'blkio-weight',
      'blkio-weight-device',
      'device-read-bps',
      'device-read-iops',
      'device-write-bps',
      'device-write-iops',
      'cgroup-parent',
    ],
  ],
  [
    'Who it is, and what it may do',
    [
      'user',
      'group-add',
      'cap-add',
      'cap-drop',
      'privileged',
      'security-opt',
      'device',
      'device-cgroup-rule',
      'gpus',
      'sysctl',
      'ipc',
      'pid',
      'uts',
      'userns',
      'cgroupns',
    ],
  ],
  [
    'How its health is checked',
    [
      'health-cmd',
      'health-interval',
      'health-timeout',
      'health-retries',
      'health-start-period',
      'health-start-interval',
      'health-on-failure',
      'no-healthcheck',
    ],
  ],
  ['Which image', ['pull', 'platform', 'quiet', 'disable-content-trust', 'runtime', 'isolation']],
];

export interface FlagSection {
  title: string;
  names: string[];
}

/**
 * The sections of a command's help. A command with few flags has one, by their letters; one with many has those above, and what is
 * its own in front of them.
 */
export function flagSections(names: readonly string[]): FlagSection[] {
  const byName = names.toSorted((a, b) => a.localeCompare(b));
  if (names.length < 40) return names.length === 0 ? [] : [{title: 'Options', names: byName}];
  const grouped = new Set(flagGroups.flatMap(([, members]) => members));
  const sections = [
    {title: 'Options', names: byName.filter((name) => !grouped.has(name))},
    ...flagGroups.map(([title, members]) => ({title, names: members.filter((name) => names.includes(name))})),
  ];
  return sections.filter((section) => section.names.length > 0);
}
