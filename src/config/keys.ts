// The one table of the configuration file's keys: name, type, default, meaning, and how the value is read.
// docs/configuration.md is made from it. The names are those of Docker's daemon.json.
import type {IpAddress} from '../addresses/ip-address.ts';
import type {Config} from './config.ts';
import {
  absolutePath,
  boolean,
  byteSize,
  listOf,
  numberOrDigits,
  record,
  text,
  type ValueReader,
  wholeNumber,
} from './config-values.ts';
import {defaultUlimits} from './default-ulimits.ts';
import {addressPools, bridgeName, cidr, hostAddress, hostCidr, publishPolicy} from './network-values.ts';
import {ipAddress, mirrorUrl, registryHost, resolverOption, searchDomain} from './registry-values.ts';
import {durability} from './store-values.ts';

export interface ConfigKey<T> {
  /** As written in the file. */
  name: string;
  /** For the documentation: what one writes there. */
  type: string;
  meaning: string;
  /** For the documentation, as JSON: what the default is called in the file. Absent: the key is unset. */
  shownDefault?: string;
  /** For the default configuration file: a value to try, as JSON, where the default cannot be written. */
  example?: string;
  /** An environment variable that goes over the file. */
  variable?: string;
  fallback: T;
  read: ValueReader<T>;
}

type KeyTable = {readonly [Field in keyof Config]: ConfigKey<Config[Field]>};

const logDrivers = ['json-file', 'k8s-file', 'journald', 'none'] as const;
const logDefaults = {maxSizeBytes: 10_000_000, maxFile: 3};

export const configKeys: KeyTable = {
  dataRoot: {
    name: 'data-root',
    type: 'absolute path',
    meaning: 'Where images, containers and volumes are kept.',
    variable: 'CRUNDLE_DATA_ROOT',
    fallback: '/var/lib/crundle',
    read: absolutePath,
  },
  runRoot: {
    name: 'exec-root',
    type: 'absolute path',
    meaning: 'Where the state of running containers is kept: gone after a reboot, as it should be.',
    variable: 'CRUNDLE_RUN_ROOT',
    fallback: '/run/crundle',
    read: absolutePath,
  },
  insecureRegistries: {
    name: 'insecure-registries',
    type: 'list of hosts (`host`, `host:port`) or networks (`10.0.0.0/8`)',
    meaning:
      'Registries that may speak plain HTTP or show a certificate nobody vouches for. Loopback always may.',
    fallback: [],
    read: listOf(registryHost),
  },
  registryMirrors: {
    name: 'registry-mirrors',
    type: 'list of URLs',
    meaning: "Asked in this order for docker.io's images before docker.io itself.",
    fallback: [],
    read: listOf(mirrorUrl),
  },
  maxConcurrentDownloads: {
    name: 'max-concurrent-downloads',
    type: 'whole number, at least 1',
    meaning: 'How many layers one pull fetches at the same time.',
    fallback: 3,
    read: wholeNumber(1),
  },
  maxConcurrentUploads: {
    name: 'max-concurrent-uploads',
    type: 'whole number, at least 1',
    meaning: 'How many layers one push sends at the same time.',
    fallback: 5,
    read: wholeNumber(1),
  },
  maxDownloadAttempts: {
    name: 'max-download-attempts',
    type: 'whole number, at least 1',
    meaning:
      'How often in a row a download or an upload is tried without getting further, before the command fails.',
    fallback: 5,
    read: wholeNumber(1),
  },
  dns: {
    name: 'dns',
    type: 'list of IP addresses',
    meaning: "Name servers of containers, in place of the host's.",
    fallback: [],
    read: listOf(ipAddress),
  },
  dnsSearch: {
    name: 'dns-search',
    type: 'list of domains',
    meaning: "Search domains of containers, in place of the host's; `.` for none.",
    fallback: [],
    read: listOf(searchDomain),
  },
  dnsOptions: {
    name: 'dns-opts',
    type: 'list of resolv.conf options',
    meaning: "Resolver options of containers, in place of the host's.",
    fallback: [],
    read: listOf(resolverOption),
  },
  logDriver: {
    name: 'log-driver',
    type: '`json-file`, `k8s-file`, `journald` or `none`',
    meaning:
      'Where the output of containers goes that choose no `--log-driver`; `json-file` and `k8s-file` are two names of one.',
    fallback: 'json-file',
    read: text('"json-file", "k8s-file", "journald" or "none"', (value) =>
      logDrivers.find((driver) => driver === value),
    ),
  },
  logOpts: {
    name: 'log-opts',
    type: 'object with `max-size` (a size, in steps of 1000) and `max-file` (a number of 1 or more)',
    meaning: 'A container log is rotated at this size, and this many files are kept.',
    shownDefault: '{"max-size": "10m", "max-file": "3"}',
    fallback: logDefaults,
    read: record(logDefaults, {
      maxSizeBytes: {name: 'max-size', read: byteSize('decimal')},
      maxFile: {name: 'max-file', read: numberOrDigits(1)},
    }),
  },
  defaultUlimits: {
    name: 'default-ulimits',
    type: 'object from a limit such as `nofile` to `{"Name", "Hard", "Soft"}`; -1 is unlimited',
    meaning: 'Limits of containers that set none of that name with `--ulimit`.',
    shownDefault: '{}',
    fallback: [],
    read: defaultUlimits,
  },
  shmSizeBytes: {
    name: 'default-shm-size',
    type: 'size, in steps of 1024',
    meaning: "Size of a container's /dev/shm.",
    shownDefault: '"64m"',
    fallback: 64 * 1024 * 1024,
    read: byteSize('binary'),
  },
  init: {
    name: 'init',
    type: 'true or false',
    meaning: 'Run an init as process 1 that passes signals on and reaps, as `--init` does.',
    fallback: false,
    read: boolean,
  },
  noNewPrivileges: {
    name: 'no-new-privileges',
    type: 'true or false',
    meaning: 'No program in a container gains privileges, by set-id bits or file capabilities.',
    fallback: false,
    read: boolean,
  },
  seccompProfile: {
    name: 'seccomp-profile',
    type: 'absolute path, `builtin` or `unconfined`',
    meaning: "The seccomp profile, in Docker's form, of containers that choose none with `--security-opt`.",
    fallback: 'builtin',
    read: (node, path) =>
      node.kind === 'string' && (node.value === 'builtin' || node.value === 'unconfined')
        ? node.value
        : text('an absolute path, "builtin" or "unconfined"', absolutePathOnly)(node, path),
  },
  shutdownTimeoutSeconds: {
    name: 'shutdown-timeout',
    type: 'whole number of seconds, 0 or more',
    meaning:
      'How long a container may take to end after its stop signal, unless it or the command says otherwise.',
    fallback: 10,
    read: wholeNumber(0),
  },
  cgroupParent: {
    name: 'cgroup-parent',
    type: 'absolute cgroup path, or a slice',
    meaning:
      'The cgroup under which those of containers are made: by crun at a path, by systemd in a slice such as "machine.slice".',
    shownDefault: '"system.slice" where systemd manages cgroup v2, else "/crundle"',
    example: '"machine.slice"',
    fallback: undefined,
    read: text(
      'an absolute cgroup path without ".." such as "/containers", or a slice such as "machine.slice"',
      (value) =>
        /^(\/[^/\0\n]+)+\/?$/.test(value) && !value.split('/').includes('..')
          ? value.replace(/\/$/, '')
          : sliceName(value),
    ),
  },
  bridge: {
    name: 'bridge',
    type: 'interface name, or `none`',
    meaning:
      "The default network's bridge on the host; with `none` containers have no network unless they ask for one.",
    fallback: 'crundle0',
    read: bridgeName,
  },
  bip: {
    name: 'bip',
    type: 'address with prefix',
    meaning: "The default network's address on the host, and with it its subnet, such as `172.26.0.1/16`.",
    example: '"172.26.0.1/16"',
    fallback: undefined,
    read: hostCidr,
  },
  fixedCidr: {
    name: 'fixed-cidr',
    type: 'IPv4 network',
    meaning: "The part of the default network's subnet that containers get their addresses from.",
    example: '"172.26.1.0/24"',
    fallback: undefined,
    read: cidr(4),
  },
  fixedCidrV6: {
    name: 'fixed-cidr-v6',
    type: 'IPv6 network',
    meaning: "The default network's IPv6 subnet, with `ipv6`. Unset: a unique local one is made up.",
    example: '"fd00:26::/64"',
    fallback: undefined,
    read: cidr(6),
  },
  ipv6: {
    name: 'ipv6',
    type: 'true or false',
    meaning: 'The default network has IPv6.',
    fallback: false,
    read: boolean,
  },
  addressPools: {
    name: 'default-address-pools',
    type: 'list of `{"base": network, "size": prefix length}`',
    meaning:
      "Where networks get their subnets from: the first that meets no route of the host. Empty: Docker's, `172.17.0.0/16` and on.",
    fallback: [],
    read: addressPools,
  },
  icc: {
    name: 'icc',
    type: 'true or false',
    meaning: 'Containers on the default network see each other.',
    fallback: true,
    read: boolean,
  },
  ipMasq: {
    name: 'ip-masq',
    type: 'true or false',
    meaning: "What leaves the default network takes the host's address.",
    fallback: true,
    read: boolean,
  },
  ipForward: {
    name: 'ip-forward',
    type: 'true or false',
    meaning:
      'Turn forwarding on when a network needs it; nothing else is then forwarded that was not before.',
    fallback: true,
    read: boolean,
  },
  mtu: {
    name: 'mtu',
    type: 'whole number, at least 68',
    meaning: "MTU of networks that set none themselves. Unset: that of the host's default route.",
    example: '1500',
    fallback: undefined,
    read: wholeNumber(68),
  },
  defaultHostIp: {
    name: 'ip',
    type: 'IPv4 address',
    meaning: 'Where `-p` publishes a port when it names no address. `0.0.0.0` is every one, IPv6 too.',
    fallback: '0.0.0.0' as IpAddress,
    read: hostAddress(4),
  },
  publishPolicy: {
    name: 'publish-policy',
    type: '`host` or `open`',
    meaning:
      "`host`: a published port is open to whom the host's own firewall lets in. `open`: to everybody, as with Docker.",
    fallback: 'host',
    read: publishPolicy,
  },
  durability: {
    name: 'durability',
    type: '`full` or `fast`',
    meaning:
      '`full`: a pull waits until its layers are on disk. `fast`: it does not, and a power cut in the half minute after may damage them, which the next boot finds.',
    fallback: 'full',
    read: durability,
  },
};

function absolutePathOnly(value: string): string | undefined {
  return value.startsWith('/') && !value.includes('\0') ? value : undefined;
}

// systemd.slice(5): each dash goes one level down, so that neither an empty level nor the root can be meant.
function sliceName(value: string): string | undefined {
  return /^[A-Za-z0-9_.:]+(-[A-Za-z0-9_.:]+)*\.slice$/.test(value) ? value : undefined;
}
